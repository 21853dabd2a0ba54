import Recipes
import Testing

@Suite struct ConfigurationTests {
    @Test func readsValues() throws {
        let text = """
            slots: 2
            threads: 3
            checkpoint_grace: 2 minutes
            log_level: debug
            roles: {user_group: none, admin_group: wheel}
            limits:
              queued_jobs: 7
              data: 2 TiB
            store:
            """
        let (read, findings) = Configuration.read(text)
        #expect(findings == [])
        let configuration = try #require(read)
        #expect(configuration.slots == 2 && configuration.threads == 3 && configuration.checkpointGrace == 120)
        #expect(configuration.logLevel == .debug && configuration.roles.userGroup == nil)
        #expect(configuration.roles.adminGroup == "wheel" && configuration.limits.queuedJobs == 7)
        #expect(configuration.limits.dataBytes == 2 << 40 && configuration.store == Configuration.Store())
    }

    @Test func readsWhenToGiveWay() throws {
        let polite = try #require(Configuration.read("polite: {hours: 8:00-18:30, load: 1.5}").configuration).polite
        #expect(polite.hours?.description == "08:00-18:30" && polite.load == 1.5 && !polite.isOff)
        #expect(try #require(Configuration.read("polite: {hours: none}").configuration).polite.isOff)
        let hours = try #require(DayHours("08:00-24:00"))
        #expect(!hours.contains(479) && hours.contains(480) && hours.contains(1_439) && !hours.contains(0))
        for text in [
            "8-18", "08:00-08:00", "25:00-26:00", "08:60-09:00", "24:00-08:00", "8:0-9:00", "a:bc-d:ef", "-", "",
        ] {
            #expect(DayHours(text) == nil, "\(text)")
        }
    }

    @Test func readsWhomToTell() throws {
        let text = """
            notify:
              command: [/usr/bin/tell, "two words", -x]
              mail: me+simmer@example.org
              on: [disk, failed]
              sendmail: /opt/msmtp
            """
        let configuration = try #require(Configuration.read(text).configuration)
        #expect(configuration.notify.command == ["/usr/bin/tell", "two words", "-x"])
        #expect(configuration.notify.mail == "me+simmer@example.org" && configuration.sendmail == "/opt/msmtp")
        #expect(configuration.notify.on == [.disk, .failed])
        // The first word that is asked for, and nothing without anyone to tell.
        #expect(configuration.notify.first(of: [.needsPerson, .failed]) == .failed)
        #expect(configuration.notify.first(of: [.finished]) == nil)
        #expect(Notify().first(of: [.finished]) == nil)
        #expect(try #require(Configuration.read("notify: {on: harvest}").configuration).notify.on == [.harvest])
    }

    @Test(arguments: ["", "\n", "# only words\n", "{}", "---\n"]) func emptyIsTheDefaults(_ text: String) {
        let (configuration, findings) = Configuration.read(text)
        #expect(configuration == Configuration())
        #expect(findings == [])
    }

    @Test(arguments: [
        ("slot: 2", "key.unknown", "`slots`"), ("slots: 0", "value.range", ""),
        ("limits: {queued: 2}", "key.unknown", ""),
        ("limits: 3", "value.type", ""), ("nice: 20", "value.range", ""),
        ("checkpoint_grace: 90", "value.type", "unit"),
        ("polite: {hours: 8-18}", "value.range", "22:00-06:00"), ("polite: {load: 0}", "value.range", ""),
        ("notify: {command: /bin/true}", "value.type", "without a shell"),
        ("notify: {command: [true]}", "value.range", "PATH"), ("notify: {mail: 'a@b, c@d'}", "value.range", ""),
        ("notify: {mail: -f@b}", "value.range", ""), ("notify: {mail: a@b@c}", "value.range", ""),
        ("notify: {on: [fail]}", "value.choice", "failed"), ("notify: {sendmail: mail}", "value.range", ""),
        ("log_level: verbose", "value.choice", ""), ("[1]", "value.type", ""),
        ("socket: " + String(repeating: "x", count: 108), "value.range", ""),
    ]) func refuses(_ text: String, _ code: String, _ hint: String) throws {
        let (configuration, findings) = Configuration.read(text)
        #expect(configuration == nil)
        #expect(findings.map(\.code) == [code] && findings.map(\.line) == [1])
        #expect(hint.isEmpty || findings[0].hint?.contains(hint) == true)
    }
}
