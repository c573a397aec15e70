// These tests hold the stories to the machines' events: what a verdict leaves,
// what is gone once it is used, and that no event is without a place.

package call

import (
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
)

var noon = time.Unix(1_790_000_000, 0)

// claims is a verdict on an offer whose every claim is a word of its own.
func claims(result verdict.Result, reply bool, reasons ...ending.Reason) VerdictGiven {
	return VerdictGiven{verdict.Output{
		Result: result, Reply: reply, Reasons: reasons,
		Core:       offer.Core{Direction: offer.BankCalled, Purpose: trust.CardPayment, Line: "6789", Start: 1},
		Credential: &trust.Credential{Name: "Anna Kowalska", Role: "Specialist", Department: "Fraud team"},
		Bundle:     &trust.Bundle{}, Naming: verdict.Naming{Name: "Example Bank", Domain: "examplebank.com"},
		Content: &trust.Content{},
	}}
}

// TestEveryEventHasItsPlace: a new event changes a story, or its author has not
// thought of those who read one.
func TestEveryEventHasItsPlace(t *testing.T) {
	placed := map[string]bool{}
	ast.Inspect(parse(t, "story.go"), func(n ast.Node) bool {
		if c, ok := n.(*ast.CaseClause); ok {
			for _, e := range c.List {
				placed[typeName(e)] = true
			}
		}
		return true
	})
	events := 0
	for _, d := range parse(t, "event.go").Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "told" {
			events++
			if name := typeName(f.Recv.List[0].Type); !placed[name] {
				t.Errorf("no story says what %s means", name)
			}
		}
	}
	if events == 0 {
		t.Fatal("there are no events")
	}
}

func parse(t *testing.T, path string) *ast.File {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// typeName is the name of a type, without the type that it is made for.
func typeName(e ast.Expr) string {
	if made, ok := e.(*ast.IndexExpr); ok {
		e = made.X
	}
	if name, ok := e.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// TestAVerdictThatEndsTheCallLeavesNothingOfTheOffer: not on a screen only, in
// what any screen is drawn from.
func TestAVerdictThatEndsTheCallLeavesNothingOfTheOffer(t *testing.T) {
	for _, e := range []VerdictGiven{
		claims(verdict.Stopped, false, ending.WrongDirection),
		claims(verdict.Stopped, true, ending.WrongDirection), // cannot be, and would show nothing
		claims(verdict.Unverified, false, ending.NotSure),
	} {
		s := CustomerStory{}.After(claims(verdict.Verified, true), noon).After(e, noon) // whatever stood there before
		s.Course = Course{}
		want := CustomerStory{Judged: true, GoesOn: e.Output.Reply, Shown: verdict.Shown{Result: e.Output.Result, Reasons: e.Output.Reasons}}
		if !reflect.DeepEqual(s, want) {
			t.Errorf("%s: kept %+v", e.Output.Result, s)
		}
	}
	if s := (CustomerStory{}).After(claims(verdict.Unverified, true, ending.Guest), noon); s.Shown.Name != "Anna Kowalska" || s.Content == nil || s.Line != "6789" {
		t.Errorf("of a call that goes on is kept %+v", s)
	}
	dialled := claims(verdict.Verified, true)
	dialled.Output.Core.Direction = offer.CustomerCalled
	if s := (CustomerStory{}).After(dialled, noon); s.Line != "" {
		t.Errorf("the bank's own line %q is told as the customer's", s.Line)
	}
}

func TestWhatIsUsedIsGone(t *testing.T) {
	offered := []Event{Moved[AgentPhase]{Open}, CodeShown{"482913057"}, QRShown{"CP1:"}, Moved[AgentPhase]{Admitting}}
	agent := func(more ...Event) (s AgentStory) {
		for _, e := range append(offered[:4:4], more...) {
			s = s.After(e, noon)
		}
		return s
	}
	if s := agent(); s.Code == "" || s.Frame == "" {
		t.Errorf("while it can be answered: %+v", s)
	}
	if s := agent(Moved[AgentPhase]{Revealed}, QRShown{"late"}); s.Frame != "" || s.Code == "" {
		t.Errorf("once it was redeemed: %+v", s)
	}
	for name, e := range map[string]Event{"secure": Moved[AgentPhase]{Secure}, "over": EndedEvent{Reason: ending.Expired}} {
		if s := agent(e); s.Code != "" || s.Frame != "" {
			t.Errorf("%s: code %q, frame %q", name, s.Code, s.Frame)
		}
	}
	for _, e := range []Event{Secured{}, EndedEvent{Reason: ending.Cancelled}} {
		s := CustomerStory{}.After(ReadbackShown{"471903"}, noon)
		if s.Readback == "" || s.After(e, noon).Readback != "" {
			t.Errorf("%T: the read-back was %q, and is %q", e, s.Readback, s.After(e, noon).Readback)
		}
	}
}

func TestACallThatIsClosingStaysWhereItWas(t *testing.T) {
	// A screen may say that it closes before the call does.
	pressed := CustomerStory{Phase: Secure, Course: Course{Closing: true}}
	if other := (AgentStory{Phase: Secure, Course: Course{Closing: true}}); pressed.Seen() != Secure || other.Seen() != Secure {
		t.Errorf("after the press: %s, %s", pressed.Seen(), other.Seen())
	}
	a := AgentStory{}.After(Moved[AgentPhase]{Secure}, noon).After(Moved[AgentPhase]{Ended}, noon)
	c := CustomerStory{}.After(Moved[CustomerPhase]{Secure}, noon).After(Moved[CustomerPhase]{Ended}, noon)
	if a.Phase != Ended || a.Seen() != Secure || !a.Closing || c.Phase != Ended || c.Seen() != Secure || !c.Closing {
		t.Errorf("closing: %+v, %+v", a, c)
	}
	a, c = a.After(EndedEvent{Reason: ending.Completed}, noon), c.After(EndedEvent{Reason: ending.Completed}, noon)
	if a.Seen() != Ended || c.Seen() != Ended || a.Ending != ending.Completed || c.Ended != noon {
		t.Errorf("over: %+v, %+v", a, c)
	}
}

func TestAlertsGoWhereTheyAreRead(t *testing.T) {
	lost, back, collision := AlertEvent{AlertLost}, AlertEvent{AlertBack}, AlertEvent{AlertCollision}
	for name, row := range map[string]struct {
		events []Event
		lost   bool
		want   []AlertKey
	}{
		"lost":                {[]Event{lost}, true, nil},
		"back takes lost":     {[]Event{lost, back}, false, []AlertKey{AlertBack}},
		"lost takes back":     {[]Event{back, lost}, true, nil},
		"once is enough":      {[]Event{collision, collision}, false, []AlertKey{AlertCollision}},
		"a message takes it":  {[]Event{back, Message{"x"}}, false, nil},
		"a collision stays":   {[]Event{collision, lost, back, Message{"x"}}, false, []AlertKey{AlertCollision}},
		"a refused text does": {[]Event{back, AlertEvent{AlertMessage}}, false, []AlertKey{AlertBack}},
	} {
		a, c := AgentStory{Phase: Secure}, CustomerStory{Phase: Secure}
		for _, e := range row.events {
			a, c = a.After(e, noon), c.After(e, noon)
		}
		if a.Lost != row.lost || !slices.Equal(a.Alerts, row.want) || !reflect.DeepEqual(a.Talk, c.Talk) {
			t.Errorf("%s: %+v, %+v", name, a.Talk, c.Talk)
		}
	}
	refused := AgentStory{Phase: Secure}.After(AlertEvent{AlertNotYet}, noon)
	if len(refused.Alerts) != 0 || !slices.Equal(refused.Said, []Said{{Note: AlertNotYet}}) || refused.Early {
		t.Errorf("a text that was not sent: %+v", refused)
	}
	early := AgentStory{Phase: Open}.After(AlertEvent{AlertNotYet}, noon)
	if !early.Early || len(early.Alerts)+len(early.Said) != 0 {
		t.Errorf("digits typed too early: %+v", early)
	}
}

// TestACourseHoldsNothingThatWasSaid: what the history is made of.
func TestACourseHoldsNothingThatWasSaid(t *testing.T) {
	for _, e := range []Event{
		Message{"x"}, QRShown{"x"}, ReadbackShown{"471903"}, AlertEvent{AlertCollision}, Opened{true}, ReadbackWrong{2},
		Moved[AgentPhase]{Open}, Moved[CustomerPhase]{Looking},
	} {
		if c := (Course{}).After(e, noon); c != (Course{Began: noon}) {
			t.Errorf("%T: %+v", e, c)
		}
	}
	for _, e := range []Event{CodeShown{"482913057"}, claims(verdict.Verified, true)} {
		if c := (Course{}).After(e, noon); c != (Course{Began: noon, Offered: true}) {
			t.Errorf("%T: %+v", e, c)
		}
	}
}

// TestAfterNeverChangesTheStoryBefore: stories are values; what was drawn stays
// what it was.
func TestAfterNeverChangesTheStoryBefore(t *testing.T) {
	events := []Event{
		AlertEvent{AlertLost}, AlertEvent{AlertBack}, AlertEvent{AlertEarlier}, AlertEvent{AlertMessage}, AlertEvent{AlertCollision},
		Message{"a"}, Message{"b"}, claims(verdict.Verified, true), claims(verdict.Stopped, false, ending.Forged), Secured{},
		EndedEvent{Reason: ending.Completed},
	}
	for _, p := range AgentPhases() {
		events = append(events, Moved[AgentPhase]{p})
	}
	for _, p := range CustomerPhases() {
		events = append(events, Moved[CustomerPhase]{p})
	}
	rapid.Check(t, func(t *rapid.T) {
		var a AgentStory
		var c CustomerStory
		for range rapid.IntRange(1, 12).Draw(t, "length") {
			e := rapid.SampledFrom(events).Draw(t, "event")
			said, alerts := slices.Clone(c.Said), slices.Clone(c.Alerts)
			before, nextA, next := c, a.After(e, noon), c.After(e, noon)
			a.After(Message{"another branch"}, noon)
			c.After(Message{"another branch"}, noon)
			if !slices.Equal(before.Said, said) || !slices.Equal(before.Alerts, alerts) {
				t.Fatalf("%T changed the story before", e)
			}
			for _, s := range append(slices.Clone(next.Said), nextA.Said...) {
				if strings.Contains(s.Text, "branch") {
					t.Fatal("two branches share their memory")
				}
			}
			a, c = nextA, next
		}
	})
}
