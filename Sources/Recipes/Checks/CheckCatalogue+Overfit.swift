extension CheckCatalogue {
    static let overfit: [CheckEntry] = []
}
