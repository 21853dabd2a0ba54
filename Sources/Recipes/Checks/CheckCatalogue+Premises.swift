extension CheckCatalogue {
    static let premises: [CheckEntry] = []
}
