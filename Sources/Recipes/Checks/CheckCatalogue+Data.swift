extension CheckCatalogue {
    static let data: [CheckEntry] = []
}
