// This file tests the choice of the language and how times and numbers are
// written.

package words

import (
	"os"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2/test"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/verdict"
	"countersign/ui/advice"
)

func TestTheChosenLanguageIsSpokenWhateverTheSystemSpeaks(t *testing.T) {
	test.NewTempApp(t)
	for _, system := range []string{"en_US.UTF-8", "pl_PL.UTF-8", "de_DE.UTF-8", "C"} {
		t.Setenv("LC_ALL", system)
		t.Setenv("LANG", system)
		for language, want := range map[string]string{"en": "My phone rang", "pl": "Mój telefon zadzwonił"} {
			if err := Use(language); err != nil {
				t.Fatal(err)
			}
			if got := Say("ask.they_called"); got != want || Language() != language {
				t.Errorf("system %s, chosen %s: %q", system, language, got)
			}
		}
	}
}

func TestTheSystemsLanguageIsTheDefault(t *testing.T) {
	for system, want := range map[string]string{"pl_PL.UTF-8": "pl", "en_GB.UTF-8": "en", "de_DE.UTF-8": "en"} {
		t.Setenv("LC_ALL", system)
		t.Setenv("LANG", system)
		if err := Use(""); err != nil || Language() != want {
			t.Errorf("%s: %s, %v", system, Language(), err)
		}
	}
}

func TestEveryEndingHasASentenceForEverybody(t *testing.T) {
	for _, language := range Languages {
		if err := Use(language); err != nil {
			t.Fatal(err)
		}
		for _, reason := range append(ending.All(), "something new") {
			for _, family := range []string{advice.ForCustomers, advice.ForDevice, advice.ForAgents, advice.ForStart, advice.ForEnrolment} {
				if got := Ending(reason, family); got == "" || got == advice.Key(reason, family, Has) {
					t.Errorf("%s, %s, %s: %q", language, reason, family, got)
				}
			}
		}
	}
}

func TestDaysAndTimes(t *testing.T) {
	if err := Use("en"); err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 0, 5, 0, 0, time.UTC)
	for _, test := range []struct {
		t    time.Time
		want string
	}{
		{now, "today, 00:05"},
		{now.Add(-10 * time.Minute), "yesterday, 23:55"},
		{now.AddDate(0, 0, -3), "19 Nov 2026, 00:05"},
	} {
		if got := DayAndTime(test.t, now); got != test.want {
			t.Errorf("%v: %q", test.t, got)
		}
	}
	for d, want := range map[time.Duration]string{time.Hour: "today", 30 * time.Hour: "yesterday", 80 * time.Hour: "3 days ago"} {
		if got := Ago(d); got != want {
			t.Errorf("%v: %q", d, got)
		}
	}
	if got := Lasted(125 * time.Second); got != "2:05" {
		t.Error(got)
	}
}

func TestNumbersAreWrittenInGroups(t *testing.T) {
	for number, want := range map[string]string{
		"+48221112233": "+48 22 111 22 33", "+442079460958": "+44 20 7946 0958", "+12125550123": "+1 212-555-0123",
		"+80012345678": "+800 1234 5678", "": "", "789": "789", "+1": "+1",
	} {
		if got := Number(number); got != want {
			t.Errorf("%s: %q", number, got)
		}
	}
}

// TestABankIsToldWithWhatItWasCalled: the domain too, where it is that which has changed.
func TestABankIsToldWithWhatItWasCalled(t *testing.T) {
	test.NewTempApp(t)
	if err := Use("en"); err != nil {
		t.Fatal(err)
	}
	until := time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)
	for want, n := range map[string]verdict.Naming{
		"": {Name: "Northern Trust", Domain: "northern.example"},
		"Called Example Bank until": {
			Name: "Northern Trust", Domain: "northern.example", FormerName: "Example Bank", FormerDomain: "northern.example", FormerUntil: until,
		},
		"Called Northern Trust (examplebank.com) until": {
			Name: "Northern Trust", Domain: "northern.example", FormerName: "Northern Trust", FormerDomain: "examplebank.com", FormerUntil: until,
		},
	} {
		if got := Formerly(n, until); !strings.HasPrefix(got, want) || (got == "") != (want == "") {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestEnglishIsAssumedWhereTheEnvironmentNamesNoLanguage(t *testing.T) {
	for _, named := range []string{"", "LC_ALL", "LC_MESSAGES", "LANG"} {
		for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
			t.Setenv(name, "")
		}
		want := "en_US.UTF-8"
		if named != "" {
			t.Setenv(named, "pl_PL.UTF-8")
			want = os.Getenv("LANG")
		}
		if AssumeEnglish(); os.Getenv("LANG") != want {
			t.Errorf("with %q named LANG is %q, want %q", named, os.Getenv("LANG"), want)
		}
	}
}
