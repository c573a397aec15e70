// This file owns the goldens: every phase of a real call and every kind of
// screen, in light and dark, as markup.

package agent

import (
	"bytes"
	"image/png"
	"os"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/computer/screenpop"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/ui/look"
	"countersign/ui/parts/partstest"
	"countersign/ui/words"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // what is drawn must not depend on the machine
	os.Exit(m.Run())
}

// shape is one picture: a screen, and how a side gets there.
type shape struct {
	name  string
	kind  Kind
	phase call.AgentPhase // of the call, Idle for none
	act   func(*stage) *desk
}

// signedIn is a desk at the form.
func signedIn(s *stage) *desk {
	return newDesk(s, &program{shift: shift, preview: session.Preview{Line: "6789", Enrolled: true}, past: past()})
}

// at is a desk in a call that has reached a phase.
func at(phase call.AgentPhase) func(*stage) *desk {
	return func(s *stage) *desk {
		d := signedIn(s)
		d.callUntil(phase)
		return d
	}
}

// then goes on from a phase.
func then(phase call.AgentPhase, next func(*desk)) func(*stage) *desk {
	return func(s *stage) *desk {
		d := at(phase)(s)
		next(d)
		return d
	}
}

// enrolling is a desk whose computer is not enrolled, past the question.
func enrolling(s *stage) *desk {
	d := newDesk(s, &program{shiftErr: ending.Because(ending.UnknownBank, "")})
	d.side.answerPrompted(false)
	return d
}

// shapes are all pictures that there are.
func shapes() []shape {
	return []shape{
		{"opening", Opening, call.Idle, func(s *stage) *desk {
			d := &desk{stage: s, program: &program{}}
			d.side = New(Options{Self: d.program})
			d.side.Start(s)
			s.t.Cleanup(func() { d.side.Stop() })
			return d
		}},
		{"trouble", CannotOpen, call.Idle, func(s *stage) *desk {
			return newDesk(s, &program{shiftErr: ending.Because(ending.Revoked, "")})
		}},
		{"question", AskPrompted, call.Idle, func(s *stage) *desk {
			return newDesk(s, &program{shiftErr: ending.Because(ending.UnknownBank, "")})
		}},
		{"warned", PromptedStop, call.Idle, func(s *stage) *desk {
			d := enrolling(s)
			d.side.answerPrompted(true)
			return d
		}},
		{"ticket", Ticket, call.Idle, func(s *stage) *desk {
			d := enrolling(s)
			d.side.typeTicket(Enrol{Code: "CT1:server.examplebank.com:4443/ABCD-EFGH-IJKL-MN27"})
			return d
		}},
		{"ticket-refused", Ticket, call.Idle, func(s *stage) *desk {
			d := enrolling(s)
			d.program.enrolErr = ending.Because(ending.TicketUsed, "")
			d.side.typeTicket(Enrol{Code: "CT1:server.examplebank.com:4443/ABCD-EFGH-IJKL-MN27"})
			d.side.enrol()
			d.take()
			return d
		}},
		{"ticket-of-another", Ticket, call.Idle, func(s *stage) *desk {
			d := enrolling(s)
			d.program.enrolErr = &session.SomebodyElse{Known: bank, Agent: true}
			d.side.typeTicket(Enrol{Code: "CT1:server.examplebank.com:4443/ABCD-EFGH-IJKL-MN27"})
			d.side.enrol()
			d.take()
			return d
		}},
		{"authenticator", Authenticator, call.Idle, func(s *stage) *desk {
			d := enrolling(s)
			d.program.enrolled = session.AgentBank{Bank: bank, Authenticator: "otpauth://totp/Example%20Bank:a1?algorithm=SHA256&digits=6&issuer=Example%20Bank&period=30&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"}
			d.side.enrol()
			d.take()
			return d
		}},
		{"sign-in", SignIn, call.Idle, func(s *stage) *desk {
			d := enrolling(s)
			d.program.enrolled = session.AgentBank{Bank: bank}
			d.side.enrol()
			d.take()
			return d
		}},
		{"sign-in-code", SignIn, call.Idle, func(s *stage) *desk {
			d := newDesk(s, &program{shiftErr: session.ErrSignedOut, signInErr: ending.Because(ending.NotACode, "")})
			d.side.signIn("")
			d.take()
			d.typeInto(words.Say("agent.signin.code"), "283")
			return d
		}},
		{"sign-in-leave", SignIn, call.Idle, func(s *stage) *desk {
			d := newDesk(s, &program{shiftErr: session.ErrSignedOut})
			d.side.askLeave(true)
			return d
		}},
		{"form-empty", Home, call.Idle, signedIn},
		{"form-filled", Home, call.Idle, func(s *stage) *desk {
			d := signedIn(s)
			d.side.fill(filled)
			d.pass(time.Second)
			d.take()
			return d
		}},
		{"form-number", Home, call.Idle, func(s *stage) *desk {
			d := signedIn(s)
			d.side.fill(Form{Reference: "C-1001", Direction: directions[0], Purpose: purposes[1], Line: "+44 (0)20 7946 0958"})
			d.pass(time.Second)
			d.take()
			return d
		}},
		{"form-ready", Home, call.Idle, func(s *stage) *desk {
			d := signedIn(s)
			d.typeInto(words.Say("agent.form.reference"), "C-10")
			d.side.Fill(screenpop.Request{Customer: "C-1002", Direction: directions[0]})
			return d
		}},
		{"form-missing", Home, call.Idle, func(s *stage) *desk {
			d := signedIn(s)
			d.side.showCode()
			return d
		}},
		{"form-lines", Home, call.Idle, func(s *stage) *desk {
			several := shift
			several.Bank.Lines = []string{"+48221112233", "+48221112244", "+48800123456"}
			several.Purposes = purposes[:3]
			d := newDesk(s, &program{shift: several, preview: session.Preview{Line: "2244"}})
			d.side.Fill(screenpop.Request{Customer: "C-1002", Direction: directions[1], Line: "+48221112244"})
			d.pass(time.Second)
			d.take()
			return d
		}},
		{"form-hold", Home, call.Idle, func(s *stage) *desk {
			d := signedIn(s)
			d.program.preview.HoldUntil = noon.Add(20 * time.Minute)
			d.pass(time.Hour + 50*time.Minute) // the shift ends soon
			d.side.fill(filled)
			d.pass(time.Second)
			d.take()
			return d
		}},
		{"form-unknown", Home, call.Preparing, func(s *stage) *desk {
			d := at(call.Preparing)(s)
			d.feed(call.PrepareFailed{Reason: ending.UnknownCode})
			return d
		}},
		{"preparing", Starting, call.Preparing, at(call.Preparing)},
		{"creating", Starting, call.Creating, at(call.Creating)},
		{"renewing", Starting, call.Open, then(call.Open, func(d *desk) { d.key("n") })},
		{"open", Live, call.Open, then(call.Open, func(d *desk) { d.pass(78 * time.Second) })},
		{"open-hurry", Live, call.Open, then(call.Open, func(d *desk) { d.pass(275 * time.Second) })},
		{"open-refused", Live, call.Open, then(call.Admitting, func(d *desk) {
			d.feed(call.AdmitFailed{Reason: ending.Guest})
		})},
		{"open-waiting", Live, call.Open, then(call.Open, func(d *desk) {
			d.side.Fill(screenpop.Request{Customer: "C-1002"})
			d.feed(call.Warned{})
		})},
		{"admitting", Live, call.Admitting, at(call.Admitting)},
		{"revealed", Live, call.Revealed, at(call.Revealed)},
		{"read-back", Live, call.ReadBack, then(call.ReadBack, func(d *desk) {
			d.pass(20 * time.Second)
			d.typeInto(words.Say("agent.readback"), "4719")
		})},
		{"read-back-wrong", Live, call.ReadBack, then(call.ReadBack, func(d *desk) {
			d.feed(call.ReadbackTyped{})
		})},
		{"open-early", Live, call.Open, then(call.Open, func(d *desk) {
			d.talk().events <- call.AlertEvent{Key: call.AlertNotYet}
			d.take()
		})},
		{"open-lost", Live, call.Open, then(call.Open, func(d *desk) {
			d.talk().events <- call.AlertEvent{Key: call.AlertLost}
			d.take()
			d.pass(280 * time.Second)
		})},
		{"securing", Live, call.Securing, at(call.Securing)},
		{"qr", QRCode, call.Open, then(call.Open, func(d *desk) { d.key("q") })},
		{"secure", Secure, call.Secure, then(call.Secure, func(d *desk) {
			d.side.say("Did you pay 120.00 EUR to Radio Shop today?")
			d.feed(call.TextArrived{Text: "No, that was not me. What happens now?"})
		})},
		{"secure-leave", Secure, call.Secure, then(call.Secure, func(d *desk) {
			d.feed(call.ConnectionDown{})
			d.side.hangUp()
		})},
		{"secure-guest", Secure, call.Secure, func(s *stage) *desk {
			d := newDesk(s, &program{shift: shift, preview: session.Preview{Line: "6789"}})
			d.guest = true
			d.callUntil(call.Secure)
			d.feed(call.Warned{})
			return d
		}},
		{"ended", Receipt, call.Ended, at(call.Ended)},
		{"ended-last-word", Receipt, call.Ended, then(call.Secure, func(d *desk) {
			d.lost = call.Undelivered{NotArrived: 1, NotConfirmed: 1}
			d.feed(call.End{})
		})},
		{"ended-wrong", Receipt, call.Ended, then(call.ReadBack, func(d *desk) {
			d.feed(call.ReadbackTyped{}, call.ReadbackTyped{}, call.ReadbackTyped{})
		})},
		{"ended-waiting", Receipt, call.Ended, then(call.Open, func(d *desk) {
			d.side.Fill(screenpop.Request{Customer: "C-1002"})
			d.feed(call.Notice{Reason: ending.WrongDirection})
		})},
		{"history", PastCalls, call.Idle, func(s *stage) *desk {
			d := signedIn(s)
			d.side.openPast()
			d.take()
			return d
		}},
		{"history-empty", PastCalls, call.Idle, func(s *stage) *desk {
			d := signedIn(s)
			d.program.past = nil
			d.side.openPast()
			d.take()
			return d
		}},
	}
}

// looks are the two themes that every screen has a golden in.
var looks = map[string]look.Settings{"light": {Variant: look.Light}, "dark": {Variant: look.Dark}}

func TestEveryScreenLooksAsItWasLookedAt(t *testing.T) {
	for variant, settings := range looks {
		for _, sc := range shapes() {
			t.Run(sc.name+"-"+variant, func(t *testing.T) {
				s := newStage(t, settings, "en", wide)
				d := sc.act(s)
				d.settle()
				if kind := d.side.state.Kind(); kind != sc.kind {
					t.Errorf("the screen is %s, not %s", kind, sc.kind)
				}
				test.AssertRendersToMarkup(t, sc.name+"-"+variant+".xml", s.window.Canvas())
			})
		}
	}
}

// TestPictures draws every screen into the folder that PICTURES names, for people
// to look at; it checks nothing.
func TestPictures(t *testing.T) {
	out := os.Getenv("PICTURES")
	if out == "" {
		return
	}
	for name, v := range map[string]struct {
		settings look.Settings
		language string
		size     fyne.Size
	}{
		"light": {look.Settings{Variant: look.Light}, "en", wide},
		"dark":  {look.Settings{Variant: look.Dark}, "pl", wide},
		"small": {look.Settings{Variant: look.Light}, "pl", small},
		"half":  {look.Settings{Variant: look.Light}, "en", half},
		"huge":  {look.Settings{Variant: look.Light, TextScale: 2}, "en", fyne.NewSize(2560, 1600)},
	} {
		for _, sc := range shapes() {
			t.Run(name+"/"+sc.name, func(t *testing.T) {
				d := sc.act(newStage(t, v.settings, v.language, v.size))
				d.settle()
				partstest.Picture(t, d.window, out+"/"+name+"/agent-"+sc.name+".png")
			})
		}
	}
}

// TestEveryPhaseAndKindHasAScreen fails when a phase of an agent's call or a
// kind of screen has no golden: nobody would have looked at it.
func TestEveryPhaseAndKindHasAScreen(t *testing.T) {
	kinds, phases := map[Kind]bool{}, map[call.AgentPhase]bool{}
	for _, sc := range shapes() {
		kinds[sc.kind] = true
		phases[sc.phase] = true
		if sc.phase == call.Idle {
			continue
		}
		d := sc.act(newStage(t, look.Settings{}, "en", wide))
		if got := d.talk().machine.Phase; got != sc.phase && got != call.Ended {
			t.Errorf("%s: the call is %s, not %s", sc.name, got, sc.phase)
		}
	}
	for kind := range screens {
		if !kinds[kind] {
			t.Errorf("there is no golden of the screen %q", kind)
		}
	}
	for _, phase := range call.AgentPhases() {
		if !phases[phase] {
			t.Errorf("there is no golden of the phase %q", phase)
		}
	}
}

// TestEverythingFits holds the screens to the smallest window, to half a window
// beside the customer's, to large text and to both languages. Nothing of a call
// may have to be scrolled for in a window; in half of one, or with large text, no control.
func TestEverythingFits(t *testing.T) {
	for _, c := range []struct {
		name  string
		size  fyne.Size
		scale float32
		still bool // the screens of a call do not scroll
		low   bool
	}{
		{"normal", wide, 1, true, false}, {"first", first, 1, true, true}, {"small", small, 1, true, false},
		{"half", half, 1, false, false}, {"large-text", wide, 2, false, false},
	} {
		for _, language := range words.Languages {
			for _, sc := range shapes() {
				t.Run(c.name+"/"+language+"/"+sc.name, func(t *testing.T) {
					s := newStage(t, look.Settings{TextScale: c.scale, Low: c.low}, language, c.size)
					d := sc.act(s)
					d.settle()
					inCall := d.side.state.inCall()
					// The conversation of a secure call scrolls; its page does not.
					for _, complaint := range partstest.Overflows(s.window, !c.still || !inCall || sc.kind == Secure) {
						t.Error(complaint)
					}
					if inCall || sc.kind == Receipt { // the next call waits for nobody's scrolling
						controlsInView(t, d)
					}
				})
			}
		}
	}
}

// controlsInView fails when a control stands outside the window.
func controlsInView(t *testing.T, d *desk) {
	t.Helper()
	for _, f := range partstest.Focusables(d.window.Content()) {
		o := f.(fyne.CanvasObject)
		end := fyne.CurrentApp().Driver().AbsolutePositionForObject(o).Add(o.Size())
		if end.X > d.size.Width || end.Y > d.size.Height {
			t.Errorf("%q ends at %v, outside %v", f.(fyne.Accessible).AccessibilityLabel(), end, d.size)
		}
	}
}

func TestEveryControlHasAName(t *testing.T) {
	for _, sc := range shapes() {
		d := sc.act(newStage(t, look.Settings{}, "en", wide))
		for _, unnamed := range partstest.Unnamed(d.window.Content()) {
			t.Errorf("%s: a %s has no name", sc.name, unnamed)
		}
		if d.page.Title == "" {
			t.Errorf("%s: the page has no title", sc.name)
		}
	}
}

func TestTheCodeOnThePageIsRead(t *testing.T) {
	for _, size := range []fyne.Size{wide, small} {
		for variant, settings := range looks {
			s := newStage(t, settings, "en", size)
			d := at(call.Open)(s)
			d.key("q")
			var picture bytes.Buffer
			if err := png.Encode(&picture, s.window.Canvas().Capture()); err != nil {
				t.Fatal(err)
			}
			if text, err := qr.ReadImage(&picture); err != nil || text != frame {
				t.Errorf("%s, %v: %q, %v", variant, size, text, err)
			}
		}
	}
}
