// This file owns the tests of the flow: what a press leads to, what session is
// asked, and what becomes of answers that come late.

package agent

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"

	"countersign/session"
	"countersign/session/computer/qr"
	"countersign/session/computer/screenpop"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/parts/partstest"
	"countersign/ui/shell"
)

// English names of what the tests press and type into.
const (
	reference = "Customer reference"
	readback  = "Connection check: type the six digits that the customer reads to you."
	factor    = "Six digits of your authenticator"
)

func english(t *testing.T) *stage {
	t.Helper()
	return newStage(t, look.Settings{}, "en", wide)
}

// onScreen fails when the page does not show each of the texts.
func (d *desk) onScreen(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if shown := d.texts(); !strings.Contains(shown, text) {
			d.t.Errorf("the page does not show %q:\n%s", text, shown)
		}
	}
}

// notOnScreen fails when the page shows one of the texts.
func (d *desk) notOnScreen(texts ...string) {
	d.t.Helper()
	for _, text := range texts {
		if strings.Contains(d.texts(), text) {
			d.t.Errorf("the page shows %q", text)
		}
	}
}

// is fails when another screen is shown.
func (d *desk) is(kind Kind) {
	d.t.Helper()
	if got := d.side.state.Kind(); got != kind || d.page.Title != screens[kind](d.side).Title {
		d.t.Fatalf("the screen is %s, %q, not %s", got, d.page.Title, kind)
	}
}

// inBoxes are the digits in the boxes of a name.
func (d *desk) inBoxes(name string) string {
	d.t.Helper()
	return d.named(name).(*parts.DigitBoxes).Digits()
}

func TestThreePressesLeadToTheCode(t *testing.T) {
	d := signedIn(english(t))
	d.typeInto(reference, "C-1001")
	d.press("I called the customer")
	d.press("Card payment")
	d.press("Show code")
	want := session.Offering{Customer: "C-1001", Direction: offer.BankCalled, Purpose: trust.CardPayment}
	if len(d.program.offered) != 1 || d.program.offered[0] != want {
		t.Fatalf("%+v", d.program.offered)
	}
	d.is(Starting)
	d.feedUntil(call.Open)
	d.is(Live)
	d.onScreen("482 913 057", "5:00 until the code runs out", "Script · locked until secure")
}

func TestCtrlEnterShowsTheCode(t *testing.T) {
	d := signedIn(english(t))
	d.side.fill(filled)
	d.key("Ctrl+Enter")
	d.is(Starting)
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	d := signedIn(english(t))
	d.press("The customer called us")
	d.press("Show code")
	d.is(Home)
	d.onScreen("Still missing: the customer reference, the reason.")
	if len(d.program.offered) != 0 {
		t.Error("a call was started")
	}
	d.typeInto(reference, "C-1001")
	d.onScreen("Still missing: the reason.")
	d.press("Transfer")
	d.notOnScreen("Still missing")
}

func TestTheBankIsAskedOnceTheFormRests(t *testing.T) {
	d := signedIn(english(t))
	d.press("I called the customer")
	d.typeInto(reference, "C-1001")
	d.pass(lookDelay / 2)
	d.typeInto(reference, "5")
	d.pass(lookDelay / 2)
	if len(d.program.asked) != 0 {
		t.Fatal("the bank was asked while somebody typed")
	}
	d.pass(lookDelay / 2)
	d.take()
	if len(d.program.asked) != 1 || d.program.asked[0].Customer != "C-10015" {
		t.Fatalf("%+v", d.program.asked)
	}
	d.onScreen("Computer enrolled", "number ending 6789")
	d.press("Transfer")
	d.pass(time.Hour / 2)
	if len(d.program.asked) != 1 {
		t.Error("another reason asked the bank again")
	}
}

func TestAnAnswerAboutAnotherCustomerIsIgnored(t *testing.T) {
	d := signedIn(english(t))
	d.side.fill(filled)
	d.pass(time.Second) // the question is on its way
	d.typeInto(reference, "9")
	d.take() // the answer about the first customer
	d.notOnScreen("Computer enrolled")
	d.pass(time.Second)
	d.take()
	d.onScreen("Computer enrolled")
}

func TestALateAnswerStillNamesTheNumber(t *testing.T) {
	d := signedIn(english(t))
	d.side.fill(filled)
	d.pass(time.Second)
	d.side.showCode()
	d.take() // the answer comes after the call has begun
	d.feedUntil(call.Revealed)
	d.onScreen("Customer's computer answered", "ending 6789")
	d.notOnScreen("Customer's computer checked", "Guest's computer")
}

// TestOnlyTheCallSaysWhoAnswered: the bank knew an enrolled computer when the
// form was filled in; it has been withdrawn since, and somebody else answers.
func TestOnlyTheCallSaysWhoAnswered(t *testing.T) {
	d := signedIn(english(t))
	d.guest = true
	d.callUntil(call.Revealed)
	d.notOnScreen("Customer's computer checked")
	d.feed(pathOfGuest()[5:8]...)
	d.is(Secure)
	d.notOnScreen("Customer's computer checked", "Type what is personal")
	d.onScreen("Guest's computer: not checked", "Guest: in general only")

	d = newDesk(english(t), &program{shift: shift, preview: session.Preview{Line: "6789"}})
	d.callUntil(call.Secure) // enrolled since the form was filled in
	d.onScreen("Customer's computer checked", "Type what is personal")
}

func TestAFaultOfTheFormGoesBackToTheForm(t *testing.T) {
	d := at(call.Preparing)(english(t))
	d.feed(call.PrepareFailed{Reason: ending.UnknownCode})
	d.is(Home)
	d.onScreen("The bank knows no customer by this reference.")
	if d.side.state.Form != filled {
		t.Errorf("%+v", d.side.state.Form)
	}
}

func TestAProgramFillsTheFormAndStartsNothing(t *testing.T) {
	d := signedIn(english(t))
	d.side.Fill(screenpop.Request{Customer: "C-77", Direction: offer.BankCalled, Purpose: trust.Transfer})
	d.pass(time.Second)
	d.take()
	d.is(Home)
	d.onScreen("Filled in by your call-centre program: check it.")
	if len(d.program.offered) != 0 {
		t.Fatal("a call was started without a press")
	}
	d.press("Show code")
	if len(d.program.offered) != 1 || d.program.offered[0].Customer != "C-77" {
		t.Errorf("%+v", d.program.offered)
	}
}

// TestAProgramNeverOverwritesWhatIsTyped: a web page may open links all day.
func TestAProgramNeverOverwritesWhatIsTyped(t *testing.T) {
	link := screenpop.Request{Customer: "EVIL-1", Direction: offer.BankCalled, Purpose: trust.Transfer}
	d := signedIn(english(t))
	d.typeInto(reference, "C-10")
	box := d.window.Canvas().Focused()
	d.side.Fill(link)
	d.settle()
	if got := d.side.state.Form.Reference; got != "C-10" || d.window.Canvas().Focused() != box {
		t.Fatalf("the form holds %q", got)
	}
	d.onScreen("Your call-centre program sent a form: EVIL-1.")
	d.typeInto(reference, "01")
	d.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	d.key("Ctrl+Enter")
	if len(d.program.offered) != 0 {
		t.Fatalf("%+v", d.program.offered)
	}
	d.page.Actions[0].Do()
	d.take()
	d.side.Fill(link)
	d.is(Home)
	if got := d.side.state.Form.Reference; got != "C-1001" {
		t.Errorf("after the list the form holds %q", got)
	}
	d.press("Use it")
	d.onScreen("Filled in by your call-centre program: check it.")
	d.notOnScreen("sent a form")
	if got := d.side.state.Form.Reference; got != "EVIL-1" || d.side.state.Waiting != nil {
		t.Errorf("the form holds %q", got)
	}
	d.typeInto(reference, "2")
	d.side.Fill(screenpop.Request{Customer: "C-3"})
	if got := d.side.state.Form.Reference; got != "2EVIL-1" {
		t.Errorf("a form that was corrected now holds %q", got)
	}
}

// TestAKeyForTheFormBeforeStartsNothing: a press within a moment of the fill
// was meant for what stood there before.
func TestAKeyForTheFormBeforeStartsNothing(t *testing.T) {
	for name, press := range map[string]func(*desk){
		"Enter":      func(d *desk) { d.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn}) },
		"Ctrl+Enter": func(d *desk) { d.key("Ctrl+Enter") },
		"button":     func(d *desk) { d.press("Show code") },
	} {
		d := signedIn(english(t))
		d.pass(time.Minute)
		d.side.Fill(screenpop.Request{Customer: "EVIL-1", Direction: offer.BankCalled, Purpose: trust.Transfer})
		d.settle()
		d.pass(shell.Rest - time.Millisecond)
		press(d)
		if len(d.program.offered) != 0 {
			t.Errorf("%s started %+v", name, d.program.offered)
		}
		d.pass(time.Millisecond)
		press(d)
		if len(d.program.offered) != 1 {
			t.Errorf("%s starts nothing", name)
		}
	}
}

func TestAProgramWaitsForTheEndOfACall(t *testing.T) {
	for _, phase := range []call.AgentPhase{call.Open, call.ReadBack, call.Secure} {
		d := at(phase)(english(t))
		kind := d.side.state.Kind()
		d.side.Fill(screenpop.Request{Customer: "C-77"})
		d.settle()
		d.is(kind)
		d.onScreen("A new form is waiting: C-77.")
		d.feed(call.End{})
		d.is(Receipt)
		d.pass(shell.Rest)
		d.press("New call")
		d.is(Home)
		if got := d.side.state.Form; got.Reference != "C-77" || got.Source != ByProgram || len(d.program.offered) != 1 {
			t.Errorf("%s: %+v, %d calls", phase, got, len(d.program.offered))
		}
	}
}

func TestAProgramWaitsForSigningIn(t *testing.T) {
	s := english(t)
	d := &desk{stage: s, program: &program{shift: shift, shiftErr: session.ErrSignedOut}}
	d.side = New(Options{Self: d.program})
	d.side.Fill(screenpop.Request{Customer: "C-77"})
	d.side.Start(s)
	d.take()
	d.is(SignIn)
	d.press("Sign in")
	d.take()
	d.is(Home)
	if d.side.state.Form.Reference != "C-77" {
		t.Errorf("%+v", d.side.state.Form)
	}
}

// TestDigitsTypedAfterAClickIntoTheBox: wherever it was, the six are sent as
// they were typed, and while some are missing the page says so. On the way to
// here four were lost, and nothing was said.
func TestDigitsTypedAfterAClickIntoTheBox(t *testing.T) {
	for fifth := range 6 {
		d := at(call.ReadBack)(english(t))
		box := d.named(readback).(*parts.DigitBoxes)
		box.Tapped(&fyne.PointEvent{Position: fyne.NewPos(box.Size().Width*float32(fifth)/5, 9)})
		d.typeInto(readback, "47-19")
		d.onScreen("Digits to go: 2")
		box.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
		if len(d.talk().typed) != 0 {
			t.Fatal("four digits were sent")
		}
		d.typeInto(readback, " 03")
		if got := d.talk().typed; !slices.Equal(got, []string{"471903"}) {
			t.Fatalf("a click at %d fifths: %v", fifth, got)
		}
	}
}

// TestAMissingDigitOfTheAuthenticatorIsSaidAndNotSent: the bank would count it
// as a wrong guess.
func TestAMissingDigitOfTheAuthenticatorIsSaidAndNotSent(t *testing.T) {
	d := newDesk(english(t), &program{shiftErr: session.ErrSignedOut, signInErr: ending.Because(ending.NotACode, "")})
	d.press("Sign in")
	d.take()
	d.press("Sign in")
	d.onScreen("Digits to go: 6")
	d.typeInto(factor, "28 3")
	d.press("Sign in")
	d.onScreen("Digits to go: 3")
	if got := d.program.factors; !slices.Equal(got, []string{""}) {
		t.Fatalf("sent %q", got)
	}
	d.typeInto(factor, "419")
	d.take()
	if got := d.program.factors; !slices.Equal(got, []string{"", "283419"}) {
		t.Errorf("sent %q", got)
	}
}

func TestTheReadBackIsSentAtTheSixthDigit(t *testing.T) {
	d := at(call.ReadBack)(english(t))
	d.typeInto(readback, "47190")
	if len(d.talk().typed) != 0 {
		t.Fatal("five digits were sent")
	}
	d.typeInto(readback, "3")
	if got := d.talk().typed; !slices.Equal(got, []string{"471903"}) {
		t.Fatalf("%v", got)
	}
	d.feed(call.ReadbackTyped{})
	d.onScreen("These are not the right digits. Tries left: 2.")
	if left := d.inBoxes(readback); left != "" {
		t.Errorf("the box still holds %q", left)
	}
	d.typeInto(readback, "471904")
	d.feed(call.ReadbackTyped{Right: true})
	d.onScreen("Right. Telling the bank …")
	d.feed(call.AuthorityTold{})
	d.is(Secure)
	d.onScreen("Script · open")
	d.notOnScreen("482 913 057")
}

func TestDigitsTypedTooEarlyAreTakenBack(t *testing.T) {
	d := at(call.Open)(english(t))
	d.typeInto(readback, "471903")
	d.talk().events <- call.AlertEvent{Key: call.AlertNotYet}
	d.take()
	d.onScreen("Too early")
	if left := d.inBoxes(readback); left != "" {
		t.Errorf("the box still holds %q", left)
	}
}

func TestNMakesANewCodeWithTheSameForm(t *testing.T) {
	d := at(call.Open)(english(t))
	first := d.talk()
	d.key("n")
	d.side.renew()
	if first.ended != 1 {
		t.Errorf("the old offer was ended %d times", first.ended)
	}
	d.is(Starting)
	d.onScreen("Ending the old code and getting a new one …")
	if len(d.program.offered) != 1 {
		t.Fatal("the new offer did not wait for the end of the old one")
	}
	d.feed(call.End{})
	if len(d.program.offered) != 2 || d.program.offered[0] != d.program.offered[1] {
		t.Fatalf("%+v", d.program.offered)
	}
	d.feedUntil(call.Open)
	d.is(Live)
	d.onScreen("5:00 until the code runs out")
}

// TestClosingTheWindowTakesBackTheNewCode: nothing may be offered once the
// window is gone.
func TestClosingTheWindowTakesBackTheNewCode(t *testing.T) {
	d := at(call.Open)(english(t))
	d.key("n")
	d.side.Stop()
	d.feed(call.End{})
	if len(d.program.offered) != 1 {
		t.Errorf("%d offers", len(d.program.offered))
	}

	d = at(call.Open)(english(t))
	d.key("n")
	d.page.Back() // or somebody thinks better of it
	d.feed(call.End{})
	if len(d.program.offered) != 1 || d.page.Busy {
		t.Errorf("%d offers, busy: %t", len(d.program.offered), d.page.Busy)
	}
}

func TestNDoesNotHideAnEndingThatMustBeRead(t *testing.T) {
	d := at(call.ReadBack)(english(t))
	d.key("n")
	d.feed(call.EndArrived{Reason: ending.Reported, Complete: true})
	d.is(Receipt)
	d.onScreen("The customer reported that something is wrong.")
	if len(d.program.offered) != 1 {
		t.Error("a new offer was made")
	}
}

func TestACodeNeverChangesByItself(t *testing.T) {
	d := at(call.Open)(english(t))
	d.pass(offer.Lifetime - 20*time.Second)
	d.onScreen("482 913 057", "0:20 · Still typing? Press N for a new one.")
	d.pass(time.Hour)
	if len(d.program.offered) != 1 || d.talk().ended != 0 {
		t.Error("the code was renewed without a press")
	}
	d.feed(call.Fired{Timer: call.TimerExpiry})
	d.is(Receipt)
	d.pass(shell.Rest)
	d.press("New call")
	d.onScreen("Filled in from the last call: check it.")
	if len(d.program.offered) != 1 {
		t.Error("a call was started without a press")
	}
}

// TestASecondTouchesOnlyTheCountdown: the page is not drawn again, and nothing
// is asked of anybody.
func TestASecondTouchesOnlyTheCountdown(t *testing.T) {
	d := at(call.Open)(english(t))
	shows, page := d.shows, d.page.Content
	d.onScreen("5:00 until the code runs out")
	d.pass(78 * time.Second)
	d.onScreen("3:45 until the code runs out")
	if d.shows != shows || d.page.Content != page || !d.idle() {
		t.Error("more than the countdown was drawn")
	}
}

func TestQTurnsToTheQRCodeAndBack(t *testing.T) {
	d := at(call.Open)(english(t))
	d.key("q")
	d.is(QRCode)
	d.onScreen("This helps only people who can see this screen.")
	d.key("q")
	d.is(Live)
	d.typeInto(readback, "12")
	d.key("q")
	d.key("q")
	if left := d.inBoxes(readback); left != "" { // an agent who does not look would type four more
		t.Errorf("behind the picture the box kept %q", left)
	}
	d.key("q")
	d.feed(path[3], path[4])
	d.is(Live) // there is nothing to scan any more
}

func TestEndingASecureCallIsAskedOnce(t *testing.T) {
	before := at(call.ReadBack)(english(t))
	before.press("End call")
	if before.talk().ended != 1 {
		t.Error("a call that is not secure did not end at once")
	}
	d := at(call.Secure)(english(t))
	d.press("End call")
	if d.talk().ended != 0 {
		t.Fatal("a secure call ended without a question")
	}
	if f := d.window.Canvas().Focused(); f == nil || f.(fyne.Accessible).AccessibilityLabel() != "Go on" {
		t.Errorf("the focus is on %v", f)
	}
	d.press("Go on")
	d.notOnScreen("End the secure call?")
	d.press("End call")
	d.press("End now")
	if d.talk().ended != 1 {
		t.Error("the call did not end")
	}
	d.feed(call.End{})
	d.is(Receipt)
	d.onScreen("The call is complete.", "C-1001", "Card payment", "You called")
}

// TestAKeyForTheScreenBeforeIsNotTaken: the customer ends the call while the
// agent presses Enter; how it ended must still be read.
func TestAKeyForTheScreenBeforeIsNotTaken(t *testing.T) {
	d := at(call.Secure)(english(t))
	d.feed(call.EndArrived{Reason: ending.Reported, Complete: true})
	d.key("Ctrl+Enter")
	d.press("New call")
	d.is(Receipt)
	d.pass(shell.Rest)
	d.press("New call")
	d.is(Home)

	d.side.fill(filled)
	d.side.showCode()
	d.press("Cancel")
	if d.talk().ended != 0 {
		t.Error("the key that showed the code took it back")
	}
	d.pass(shell.Rest)
	d.press("Cancel")
	if d.talk().ended != 1 {
		t.Error("the call was not cancelled")
	}
}

func TestWhatIsTypedIsSentAndShown(t *testing.T) {
	d := at(call.Secure)(english(t))
	d.typeInto("Message", "Good day")
	d.press("Send")
	d.feed(call.TextArrived{Text: "Good\u202eevening"})
	d.onScreen("Good day", "Goodevening")
	if got := d.talk().said; !slices.Equal(got, []string{"Good day"}) {
		t.Errorf("%v", got)
	}
	d.feed(call.End{})
	d.side.say("too late")
	if len(d.talk().said) != 1 {
		t.Error("text was sent after the end")
	}
}

func TestTheBankAsksForTheAuthenticator(t *testing.T) {
	d := newDesk(english(t), &program{shift: shift, shiftErr: session.ErrSignedOut, signInErr: ending.Because(ending.NotACode, "")})
	d.notOnScreen(factor)
	d.press("Sign in")
	d.take()
	d.onScreen("The bank asks for the six digits of your authenticator.")
	d.program.signInErr = ending.Because(ending.Forged, "")
	d.typeInto(factor, "111111")
	d.take()
	d.onScreen("The authenticator's digits are wrong")
	d.program.signInErr = nil
	d.typeInto(factor, "222222")
	d.take()
	d.is(Home)
	if !slices.Equal(d.program.factors, []string{"", "111111", "222222"}) {
		t.Errorf("%v", d.program.factors)
	}
	if d.page.Note != "Anna Kowalska · shift until 16:00" || d.page.Bank != "Example Bank · Fraud team" {
		t.Errorf("%q, %q", d.page.Bank, d.page.Note)
	}
}

func TestTheEndOfAShiftIsTold(t *testing.T) {
	d := signedIn(english(t))
	d.side.fill(filled)
	d.pass(time.Second)
	d.take()
	d.notOnScreen("A call can begin until")
	d.pass(shift.Until.Sub(d.now) - shiftNotice)
	d.onScreen("A call can begin until 16:00.")
	d.pass(shiftNotice)
	d.is(SignIn)
	d.onScreen("Your shift here is over.")
	d.program.shift.Until = d.now.Add(8 * time.Hour)
	d.press("Sign in")
	d.take()
	d.is(Home)
	if d.side.state.Form != filled {
		t.Error("the form was lost")
	}
}

func TestACallGoesOnAfterTheShift(t *testing.T) {
	d := at(call.Secure)(english(t))
	d.pass(4 * time.Hour)
	d.is(Secure)
	d.feed(call.End{})
	d.is(Receipt)
	d.pass(shell.Rest)
	d.press("New call")
	d.is(SignIn)
}

func TestNobodyEnrolsBecauseSomebodySaysSo(t *testing.T) {
	d := newDesk(english(t), &program{shiftErr: ending.Because(ending.UnknownBank, "")})
	d.is(AskPrompted)
	d.key("1")
	d.is(PromptedStop)
	if d.page.Mood != look.Stopped || len(d.program.tickets) != 0 {
		t.Error("the warning is not red, or something was sent")
	}
	d.onScreen("Hang up and tell your supervisor.")
}

func TestEnrolling(t *testing.T) {
	d := enrolling(english(t))
	d.program.enrolled = session.AgentBank{Bank: bank, Authenticator: "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ"}
	d.typeInto("Code on the ticket", "CT1:relay.example:4222/ABCD-EFGH-IJKL-MN27")
	d.press("Enrol")
	d.take()
	if !slices.Equal(d.program.tickets, []string{"CT1:relay.example:4222/ABCD-EFGH-IJKL-MN27"}) {
		t.Errorf("%v", d.program.tickets)
	}
	d.is(Authenticator)
	d.onScreen("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ")
	d.press("I have added it")
	d.is(SignIn)
	if d.side.state.Authenticator != "" || d.side.state.Enrol != (Enrol{}) {
		t.Error("the secret is kept")
	}
}

func TestAPictureThatIsNoTicketIsRefused(t *testing.T) {
	d := enrolling(english(t))
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other, err := qr.PNG("https://example.com", 4)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		dir:                            "This is a folder",
		filepath.Join(dir, "none.png"): "There is no file of this name.",
		write("a.heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00")): "(HEIC)",
		write("other.png", other): "not one of Countersign",
	} {
		d.page.Dropped([]string{path})
		d.take()
		d.is(Ticket)
		d.onScreen(want)
	}
	d.typeInto("Code on the ticket", "A")
	d.notOnScreen("not one of Countersign", "There is no file", "(HEIC)", "a folder")
}

func TestSigningOutAndLeaving(t *testing.T) {
	d := signedIn(english(t))
	d.page.Actions[1].Do()
	d.take()
	d.is(SignIn)
	if d.program.signedOut != 1 || d.page.Note != "" {
		t.Error("the shift is still open")
	}
	d.press("Remove this bank")
	d.press("Keep it")
	d.press("Remove this bank")
	if d.program.left != 0 {
		t.Fatal("the bank was removed without a second press")
	}
	d.press("Remove it")
	d.take()
	d.is(AskPrompted)
	if d.program.left != 1 {
		t.Error("the bank is still there")
	}
}

// TestNothingStartsWhileSigningOut: a call would run on without a screen.
func TestNothingStartsWhileSigningOut(t *testing.T) {
	d := signedIn(english(t))
	d.side.fill(filled)
	d.page.Actions[1].Do()
	d.settle()
	d.onScreen("Signing out …")
	d.press("Show code")
	d.key("Ctrl+Enter")
	d.page.Actions[0].Do()
	d.page.Actions[1].Do()
	d.side.goHome()
	d.take()
	d.is(SignIn)
	if len(d.program.offered) != 0 || d.program.signedOut != 1 {
		t.Errorf("%d calls, signed out %d times", len(d.program.offered), d.program.signedOut)
	}
}

func TestSigningOutThatFailsIsTold(t *testing.T) {
	d := signedIn(english(t))
	d.program.signOutErr = ending.Because(ending.NoKeyring, "")
	d.side.fill(filled)
	d.page.Actions[1].Do()
	d.take()
	d.is(Home)
	d.notOnScreen("Signing out …")
	if d.side.state.Problem != ending.NoKeyring {
		t.Errorf("%q is told", d.side.state.Problem)
	}
	d.press("Show code")
	d.is(Starting)
}

// TestACallLeavesWhatWasAwaited: what comes back later must not take its screen.
func TestACallLeavesWhatWasAwaited(t *testing.T) {
	d := signedIn(english(t))
	d.side.openPast()
	d.side.begin(filled)
	d.take()
	d.is(Starting)
	if d.side.state.Past != nil {
		t.Error("the late list was kept")
	}
}

func TestTheListOfOwnCalls(t *testing.T) {
	d := signedIn(english(t))
	for range 30 {
		d.program.past = append(d.program.past, past()[0])
	}
	d.page.Actions[0].Do()
	d.take()
	d.onScreen("today, 13:03", "C-2290", "secure, with a guest")
	rows := func() (n int) {
		partstest.Walk(d.window.Content(), func(o fyne.CanvasObject) {
			if l, is := o.(*widget.Label); is && strings.HasPrefix(l.Text, "C-") {
				n++
			}
		})
		return n
	}
	if got := rows(); got != pageOfPast {
		t.Errorf("%d rows at once", got)
	}
	d.press("Show older calls")
	if got := rows(); got != len(d.program.past) {
		t.Errorf("%d rows of %d", got, len(d.program.past))
	}
	d.press("Back")
	d.is(Home)
}

func TestAListThatComesLateIsIgnored(t *testing.T) {
	d := signedIn(english(t))
	d.side.openPast()
	d.press("Back")
	d.take()
	d.is(Home)
	if len(d.side.state.Past) != 0 {
		t.Error("the late list was kept")
	}
}

// slow is a program whose keyring does not answer before it is told to.
type slow struct {
	program
	answer chan struct{}
}

func (s *slow) Shift(ctx context.Context) (session.Shift, error) {
	<-s.answer
	return s.program.Shift(ctx)
}

// TestASlowKeyringHoldsNothingUp: starting returns at once; if session were
// called on the main goroutine, this test would never end.
func TestASlowKeyringHoldsNothingUp(t *testing.T) {
	s := english(t)
	p := &slow{program: program{shift: shift}, answer: make(chan struct{})}
	side := New(Options{Self: p})
	t.Cleanup(func() { side.Stop() })
	side.Start(s)
	if kind := side.state.Kind(); kind != Opening || s.shows != 1 {
		t.Errorf("the screen is %s", kind)
	}
	close(p.answer)
	s.take()
	if kind := side.state.Kind(); kind != Home {
		t.Errorf("the screen is %s", kind)
	}
}

func TestDrawingAgainLosesNothing(t *testing.T) {
	d := at(call.ReadBack)(english(t))
	d.typeInto(readback, "471")
	d.side.Redraw()
	if got := d.inBoxes(readback); got != "471" {
		t.Errorf("the box holds %q", got)
	}
	d.typeInto(readback, "903")
	if !slices.Equal(d.talk().typed, []string{"471903"}) {
		t.Errorf("%v", d.talk().typed)
	}

	d = at(call.Secure)(english(t))
	d.typeInto("Message", "half a sen")
	d.feed(call.TextArrived{Text: "hello"})
	d.side.Redraw()
	if got := d.named("Message").(*parts.Entry).Text; got != "half a sen" {
		t.Errorf("the box holds %q", got)
	}
	d.onScreen("hello")

	d = signedIn(english(t))
	d.typeInto(reference, "C-1")
	d.side.Redraw()
	d.onScreen("C-1")
}

// TestAnEventKeepsTheFocus: an event that arrives while digits are typed must
// not take the box away.
func TestAnEventKeepsTheFocus(t *testing.T) {
	d := at(call.Open)(english(t))
	d.typeInto(readback, "4")
	before := d.window.Canvas().Focused()
	d.feed(call.Warned{}, path[3], path[4], path[5])
	if d.window.Canvas().Focused() != before || d.inBoxes(readback) != "4" {
		t.Error("the box lost the focus or its digits")
	}
	test.Type(before, "71903")
	if !slices.Equal(d.talk().typed, []string{"471903"}) {
		t.Errorf("%v", d.talk().typed)
	}
}

// TestClosingTheWindowEndsTheCall: closing waits for nobody; the program does,
// until the code is retired and the last record has left.
func TestClosingTheWindowEndsTheCall(t *testing.T) {
	for _, phase := range []call.AgentPhase{call.Open, call.Secure} {
		d := at(phase)(english(t))
		if !d.page.Busy {
			t.Error("the window would close without a question")
		}
		kept := d.side.Stop()
		if d.talk().asked.Err() == nil {
			t.Error("the call goes on")
		}
		shows := d.shows
		d.talk().events <- call.EndedEvent{Reason: ending.Cancelled}
		d.take()
		if d.shows != shows {
			t.Error("a side that was stopped still plays")
		}
		select {
		case <-kept:
			t.Fatal("the program does not wait until the call is kept")
		default:
		}
		close(d.talk().events)
		d.take()
		select {
		case <-kept:
		default:
			t.Error("the waiting never ends")
		}
	}
}

// TestTabReachesEverything walks the focus once around each screen of a call.
func TestTabReachesEverything(t *testing.T) {
	for _, phase := range []call.AgentPhase{call.Open, call.ReadBack, call.Secure, call.Ended} {
		d := at(phase)(english(t))
		reached := map[fyne.Focusable]bool{}
		for range 20 {
			d.window.Canvas().FocusNext()
			reached[d.window.Canvas().Focused()] = true
		}
		for _, f := range partstest.Focusables(d.window.Content()) {
			if !reached[f] {
				t.Errorf("%s: Tab does not reach %q", phase, f.(fyne.Accessible).AccessibilityLabel())
			}
		}
	}
}

// The end of a shift, and a form that a program fills in, take the place of
// every screen between calls, also of those that are still to come.
func TestScreensBetweenCallsMakeWay(t *testing.T) {
	seen := 0
	for _, sc := range shapes() {
		d := sc.act(newStage(t, look.Settings{}, "en", wide))
		if !d.side.state.betweenCalls() {
			continue
		}
		seen++
		d.side.Fill(screenpop.Request{Customer: "C-7"})
		if d.side.state.At != Home {
			t.Errorf("%s: a form that is filled in leaves the screen %s", sc.name, d.side.state.At)
		}
		d = sc.act(newStage(t, look.Settings{}, "en", wide))
		d.pass(d.side.state.Shift.Until.Sub(d.now))
		if d.side.state.At != SignIn {
			t.Errorf("%s: the end of the shift leaves the screen %s", sc.name, d.side.state.At)
		}
	}
	if seen == 0 {
		t.Error("there is no such screen")
	}
}
