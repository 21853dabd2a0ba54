import Recipes
import Testing

@Suite struct AmountTests {
    @Test(arguments: [
        ("500", Amount.steps(500)), ("1 step", .steps(1)), ("2000 steps", .steps(2000)), ("2e3", .steps(2000)),
        ("2 epochs", .epochs(2)), ("0.5 epochs", .epochs(0.5)), ("1 epoch", .epochs(1)), ("10 minutes", .seconds(600)),
        ("1.5 hours", .seconds(5400)), ("30s", .seconds(30)), ("5m", .seconds(300)), ("2 days", .seconds(172_800)),
        ("20 %", .share(0.2)), ("20%", .share(0.2)), ("100 %", .share(1)), ("forever", .forever),
    ]) func reads(_ text: String, _ amount: Amount) throws {
        #expect(Amount(text) == amount)
        #expect(Amount(amount.description) == amount, "\(amount.description)")
    }

    @Test(arguments: [
        "", " ", "-1", "+1", "1.5", "nan", "inf", "1e999", "1e30", "0x10", "1 parsec", "1 2 steps", "120 %", "ten",
        "minutes", "% 20", "1_000", "１０", "1 epoch s",
    ]) func refuses(_ text: String) {
        #expect(Amount(text) == nil)
    }

    @Test func becomesSteps() {
        #expect(Amount.epochs(2.5).steps(stepsPerEpoch: 101) == 253)
        #expect(Amount.share(0.25).steps(stepsPerEpoch: 1, total: 10) == 3)
        #expect(Amount.share(0.25).steps(stepsPerEpoch: 1) == nil)
        #expect(Amount.seconds(3).steps(stepsPerEpoch: 1) == nil)
        #expect(Amount.epochs(1e300).steps(stepsPerEpoch: 1) == 1 << 53)
    }

    @Test(arguments: [("4 GiB", 4 << 30), ("512MiB", 512 << 20), ("1.5 kB", 1500), ("2 GB", 2_000_000_000), ("7", 7)])
    func readsSizes(_ text: String, _ bytes: Int) {
        #expect(ByteCount.parse(text) == bytes)
        #expect(ByteCount.parse(ByteCount.text(bytes)) == bytes)
    }

    @Test(arguments: ["", "GiB", "-1 GiB", "1 XiB", "1e3", "99999999999999 TiB"]) func refusesSizes(_ text: String) {
        #expect(ByteCount.parse(text) == nil)
    }
}
