import Recipes

extension JobReport {
    /// What another day is likely to bring; or the time until the run's end, or ten times what it has run, where that is
    /// less.
    ///
    /// Nil where the run does not train, its rate changes on the way, or its curve is too short. A run's average is
    /// looked at before its raw weights, whose loss says less of what has been learned.
    public var forecast: Forecast? {
        let job = detail.summary
        guard job.state == .running, let progress = job.progress, let rate = detail.rate, rate > 0 else { return nil }
        let losses = history.filter { $0.name == "validation.loss" || $0.name.hasPrefix("validation.loss@") }
        guard let series = losses.max(by: { $0.name < $1.name }) else { return nil }
        guard let speed = progress.stepsPerSecond ?? detail.medianStepsPerSecond, speed > 0 else { return nil }
        let day = Int(min(1e15, speed * 86_400))
        // A curve of an hour says nothing of what a month brings.
        let known = progress.step.multipliedReportingOverflow(by: 10).partialValue
        let ahead = max(0, min(day, known, (progress.totalSteps ?? .max) - progress.step))
        let step = progress.step + ahead
        let changes = (detail.schedule ?? []).contains { point in
            point.step > progress.step && point.step <= step && abs(point.rate - rate) > 1e-9 * rate
        }
        if changes { return nil }
        var changed = 0
        if let rates = self.series("rate") {
            for (step, value) in zip(rates.steps, rates.values) where abs(value - rate) > 1e-6 * rate { changed = step }
        }
        return Forecast(
            series, since: changed + 1, step: step, usec: Int(min(9e15, Double(ahead) / speed * 1e6)))
    }
}
