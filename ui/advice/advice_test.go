// This file tests what people are advised: never silence where something is
// wrong, and never a fact of a stopped offer.

package advice

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"

	"countersign/session/protocol/ending"
)

func TestEveryAlarmingEndingSaysHangUp(t *testing.T) {
	for _, reason := range []ending.Reason{
		ending.WrongDirection, ending.WrongNumber, ending.NotForYou, ending.Forged, ending.Replayed, ending.Revoked,
		ending.Collision, ending.Reported, ending.ReadbackFailed, ending.RemoteControl, ending.OnHold,
		ending.WrongServerKey, "something new",
	} {
		if Next(reason) != HangUp {
			t.Errorf("%s: %q", reason, Next(reason))
		}
	}
}

func TestOnlyFinishedCallsNeedNothing(t *testing.T) {
	for _, reason := range ending.All() {
		calm := slices.Contains([]ending.Reason{ending.Completed, ending.Declined, ending.Cancelled}, reason)
		if (Next(reason) == Nothing) != calm {
			t.Errorf("%s: %q", reason, Next(reason))
		}
	}
}

func TestFamiliesFallBack(t *testing.T) {
	has := func(key string) bool {
		return slices.Contains([]string{"ending.agent.forged", "ending.start.busy"}, key)
	}
	for _, test := range []struct {
		reason       ending.Reason
		family, want string
	}{
		{ending.Forged, ForAgents, "ending.agent.forged"},
		{ending.Forged, ForStart, "ending.agent.forged"},
		{ending.Busy, ForStart, "ending.start.busy"},
		{ending.Busy, ForAgents, "ending.busy"},
		{ending.Forged, ForCustomers, "ending.forged"},
		{ending.Forged, ForDevice, "ending.forged"},
		{"made up outside", ForCustomers, "ending.unsupported"},
	} {
		if got := Key(test.reason, test.family, has); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}

func TestCleanTextSteersNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		for _, r := range Clean(text) {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
				t.Fatalf("%q is left of %q", r, text)
			}
		}
	})
	if got := Clean("e" + strings.Repeat("\u0301", 50) + "f"); got != "e\u0301\u0301\u0301f" {
		t.Errorf("%q", got)
	}
	if got := Clean("a\x1b[31m\u202eb\nc"); got != "a[31mb c" {
		t.Errorf("%q", got)
	}
}

func TestAQuotationEndsOnlyWhereTheProgramEndsIt(t *testing.T) {
	if got := Quotable("a\"b\u201dc\u201ed\u00bbe\u300df \u2019 g"); got != "a'b'c'd'e'f ' g" {
		t.Errorf("%q", got)
	}
}

func TestCodesAreWrittenForTheVoice(t *testing.T) {
	if got := Pairs("471903"); got != "47 - 19 - 03" {
		t.Error(got)
	}
	if got := Pairs("12"); got != "12" {
		t.Error(got)
	}
	if got := BankName("Example Bank", "examplebank.com"); !strings.HasSuffix(got, "(examplebank.com)") {
		t.Error(got)
	}
}
