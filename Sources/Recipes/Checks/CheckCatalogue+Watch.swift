extension CheckCatalogue {
    static let watch: [CheckEntry] = []
}
