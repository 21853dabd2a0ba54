extension CheckCatalogue {
    static let skeleton: [CheckEntry] = []
}
