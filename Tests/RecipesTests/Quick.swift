import Recipes
import Testing
import Foundation
@Test func quick() throws {
  for f in ["digits-cnn","mnist-mlp","mnist-cnn","csv-breast-cancer","spirals"] {
    let t = try String(contentsOfFile: "/work/dev/recipes/config/recipes/\(f).yaml", encoding: .utf8)
    let (r, fs) = Recipe.read(t); print(f, r != nil, fs)
    if let r { print(r.filePaths.map(\.path)); let s = try Schedule(recipe: r, stepsPerEpoch: 100); print(s.totalSteps as Any, s.preview.map(\.rate))
      print(r.model.resolve(input: f.contains("csv") ? [30] : f == "spirals" ? [2] : [1,28,28], outputs: f.contains("csv") || f == "spirals" ? 2 : 10).findings) }
  }
}
