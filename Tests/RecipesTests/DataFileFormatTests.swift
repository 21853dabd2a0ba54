import Recipes
import Testing

@Suite struct DataFileFormatTests {
    @Test(
        arguments: [
            ("iris.csv", .csv), ("a/b.c/IRIS.CSV.gz", .csv), ("t.tsv", .csv), ("x.npy", .npy), ("t.txt", .text),
            ("p.png", .png), ("p.jpg", .jpeg), ("p.JPEG", .jpeg), ("train-images-idx3-ubyte", .idx),
            ("train-labels-idx1-ubyte.gz", .idx), ("train-images.idx3-ubyte", .idx), ("x.idx", .idx),
            ("x.idx2.gz", .idx),
            ("r.yaml", nil), ("csv", nil), ("a.csv/r.yml", nil), ("mnist", nil), ("", nil), (".gz", nil),
            ("a.tar", nil),
            ("job@best", nil), ("x.csv.bak", nil),
        ] as [(String, DataFileFormat?)]) func theEndOfANameSaysIt(_ name: String, _ format: DataFileFormat?)
    {
        #expect(DataFileFormat(fileName: name) == format)
    }
}
