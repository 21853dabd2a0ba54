import Datasets
import Recipes
import Training
import Wire

extension Job {
    /// What one file holds, whatever it is for.
    func look(_ request: DataFileRequest) throws(TrainingFailure) {
        guard let file = try sourceFiles().last else {
            throw TrainingFailure(code: .internal, message: "There is no file to look into.")
        }
        do throws(DatasetError) {
            send(.contents(try DataFileContents(of: file, request)))
        } catch {
            throw TrainingFailure(error)
        }
    }
}
