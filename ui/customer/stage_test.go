// This file owns what the tests of the screens play on: a stage without a
// window manager, a companion without a network, and calls that the real
// machine of session/protocol/call tells.

package customer

import (
	"context"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/session/computer/remote"
	"countersign/session/protocol/call"
	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/session/protocol/trust"
	"countersign/session/protocol/verdict"
	"countersign/session/protocol/verdict/verdicttest"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/parts/partstest"
	"countersign/ui/shell"
	"countersign/ui/words"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // pictures of times must not depend on the machine
	os.Exit(m.Run())
}

// The windows that the screens must fit, below a header of the look's height.
var (
	normal = fyne.NewSize(1280, 800)
	small  = fyne.NewSize(900, 500)
)

// patience bounds the wait for work beside the screens, not how fast it is.
const patience = time.Minute

// stage shows pages in a window of the test driver. What other goroutines want
// done waits until the test lets it happen.
type stage struct {
	t        *testing.T
	w        fyne.Window
	size     fyne.Size
	look     look.Settings
	now      time.Time
	page     shell.Page
	happened int // what other goroutines wanted done until now
	shown    int
	queue    chan func()
}

func newStage(t *testing.T, s look.Settings, language string, size fyne.Size) *stage {
	t.Helper()
	th := look.New(s)
	size.Height -= th.Size(look.HeaderHeight)
	st := &stage{t: t, size: size, look: s, now: time.Unix(1_790_000_000, 0), queue: make(chan func(), 256)}
	st.w = partstest.Window(t, s, language, size)
	return st
}

func (st *stage) Show(p shell.Page) {
	st.page = p
	st.shown++
	partstest.Show(st.w, parts.OnMood(p.Mood, p.Content), st.size)
	if p.Focus != nil {
		st.w.Canvas().Focus(p.Focus)
	}
}

func (st *stage) Do(f func())                        { st.queue <- f }
func (st *stage) After(time.Duration, func()) func() { return func() {} }
func (st *stage) Now() time.Time                     { return st.now }
func (st *stage) Compact() bool                      { return st.look.Compact }
func (st *stage) Settings()                          {}
func (st *stage) Help(string)                        {}
func (st *stage) texts() string                      { return partstest.Texts(st.w.Content()) }
func (st *stage) focused() fyne.Focusable            { return st.w.Canvas().Focused() }
func (st *stage) shows(key string, with ...words.With) bool {
	return strings.Contains(st.texts(), words.Say(key, with...))
}

// until lets happen what other goroutines want done, until something holds.
func (st *stage) until(what string, holds func() bool) {
	st.t.Helper()
	deadline := time.After(patience)
	for !holds() {
		select {
		case f := <-st.queue:
			f()
			st.happened++
		case <-deadline:
			st.t.Fatalf("waited in vain until %s; the page is %q:\n%s", what, st.page.Title, st.texts())
		}
	}
	st.relayout()
}

// relayout lets what has changed find its room, as a real window does.
func (st *stage) relayout() { partstest.Settle(st.w) }

// named finds the control that a screen reader calls so.
func (st *stage) named(name string) fyne.Focusable {
	st.t.Helper()
	for _, f := range partstest.Focusables(st.w.Content()) {
		if a, ok := f.(fyne.Accessible); ok && (a.AccessibilityLabel() == name || strings.HasPrefix(a.AccessibilityLabel(), name+", ")) {
			return f
		}
	}
	st.t.Fatalf("nothing on the page %q is called %q:\n%s", st.page.Title, name, st.texts())
	return nil
}

func (st *stage) has(key string) bool {
	for _, f := range partstest.Focusables(st.w.Content()) {
		if a, ok := f.(fyne.Accessible); ok && strings.HasPrefix(a.AccessibilityLabel(), words.Say(key)) {
			return true
		}
	}
	return false
}

// choices are the answers to choose from.
func (st *stage) choices() []*parts.Choice {
	var all []*parts.Choice
	for _, f := range partstest.Focusables(st.w.Content()) {
		if c, ok := f.(*parts.Choice); ok {
			all = append(all, c)
		}
	}
	return all
}

// digitsOnPage are the digits of the connection check.
func (st *stage) digitsOnPage() fyne.CanvasObject {
	st.t.Helper()
	var found fyne.CanvasObject
	partstest.Walk(st.w.Content(), func(o fyne.CanvasObject) {
		if d, ok := o.(*parts.Digits); ok {
			found = d
		}
	})
	if found == nil {
		st.t.Fatal("there are no digits")
	}
	return found
}

// press presses what is called by the sentence of a key.
func (st *stage) press(key string) {
	st.t.Helper()
	st.now = st.now.Add(shell.Rest) // people look before they press
	st.named(words.Say(key)).TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
}

// enter types into the box that is called by the sentence of a key.
func (st *stage) enter(key, text string) {
	st.t.Helper()
	e, ok := st.named(words.Say(key)).(*parts.Entry)
	if !ok {
		st.t.Fatalf("%s is no text box", key)
	}
	e.SetText(text)
}

// digits types digits one by one into what has the focus.
func (st *stage) digits(digits string) {
	st.t.Helper()
	for _, r := range digits {
		f := st.focused()
		if f == nil {
			st.t.Fatalf("nothing has the focus on %q", st.page.Title)
		}
		f.TypedRune(r)
	}
}

// companion is a companion in memory.
type companion struct {
	mu        sync.Mutex // of banks, which pages read while another removes one
	banks     []session.Bank
	past      []session.Past
	bankErr   error
	pastErr   error
	enrolErr  error
	removeErr error
	left      [][16]byte // RemoveAgents
	enrolled  session.Enrolment
	pinned    [2]string
	checked   []session.Verification
	asked     context.Context // of the last call: its end is the wish to end it
	call      *playedCall
	slow      chan struct{} // enrolling waits for it; nil: it does not
	newcomer  session.Bank
}

func (c *companion) Enrol(ctx context.Context, e session.Enrolment) (session.Bank, error) {
	c.enrolled = e
	if c.slow != nil {
		select {
		case <-c.slow:
		case <-ctx.Done():
		}
	}
	return c.joined(c.enrolErr)
}

func (c *companion) Pin(_ context.Context, addr, words string) (session.Bank, error) {
	c.pinned = [2]string{addr, words}
	return c.joined(c.enrolErr)
}

func (c *companion) joined(err error) (session.Bank, error) {
	if err != nil {
		return session.Bank{}, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.banks = append(c.banks, c.newcomer)
	return c.newcomer, nil
}

func (c *companion) Known(context.Context) ([]session.Bank, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.banks), c.bankErr
}
func (c *companion) History(context.Context) ([]session.Past, error) { return c.past, c.pastErr }

func (c *companion) Remove(_ context.Context, id [16]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.removeErr == nil {
		c.banks = slices.DeleteFunc(c.banks, func(b session.Bank) bool { return b.ID == id })
	}
	return c.removeErr
}

func (c *companion) RemoveAgents(_ context.Context, id [16]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = append(c.left, id)
	c.banks = slices.DeleteFunc(c.banks, func(b session.Bank) bool { return b.ID == id })
	return nil
}

func (c *companion) Verify(ctx context.Context, v session.Verification) Running {
	c.asked = ctx
	c.checked = append(c.checked, v)
	c.call = newPlayedCall()
	c.call.step(call.Begin{})
	return c.call
}

// playedCall is a call that the real machine tells. The test plays the relay
// and the agent by stepping it.
type playedCall struct {
	machine call.Customer
	events  chan call.Event
	said    []string
	wrong   int
	ended   int
	texts   call.Undelivered // told at the end, as the call's loop does
}

// readback is the connection check of every played call.
const readback = "471903"

func newPlayedCall() *playedCall { return &playedCall{events: make(chan call.Event, 256)} }

func (p *playedCall) step(inputs ...call.Input) {
	for _, in := range inputs {
		next, effects := p.machine.Step(in)
		p.machine = next
		for _, effect := range effects {
			switch effect := effect.(type) {
			case call.Tell:
				e := effect.Event
				end, over := e.(call.EndedEvent)
				if over {
					end.Texts = p.texts
					e = end
				}
				p.events <- e
				if over {
					close(p.events)
				}
			case call.ShowReadback:
				p.events <- call.ReadbackShown{Code: readback}
			}
		}
	}
}

func (p *playedCall) Events() <-chan call.Event { return p.events }
func (p *playedCall) Say(text string)           { p.said = append(p.said, text); p.step(call.Say{Text: text}) }
func (p *playedCall) Wrong()                    { p.wrong++; p.step(call.Wrong{}) }
func (p *playedCall) End()                      { p.ended++; p.step(call.End{}) }

// scene is a companion on a stage.
type scene struct {
	*stage
	self    *companion
	side    *Side
	world   *verdicttest.World
	found   []remote.Finding // by the next look at this computer
	lookErr error
	before  func() // comes before each look
	scan    string // the text of every picture
}

// bank is the bank of the world, enrolled here.
func bankOf(w *verdicttest.World) session.Bank {
	return session.Bank{
		ID: w.Bundle.BankID, Naming: verdict.Naming{Name: w.Bundle.Name, Domain: w.Bundle.Domain}, Version: 1, Enrolled: true,
		Lines: w.Bundle.Lines, OwnLines: []string{verdicttest.CustomerLine}, Checked: w.Now.Add(-2 * time.Hour),
	}
}

func otherBank(now time.Time) session.Bank {
	return session.Bank{
		ID: [16]byte{2}, Naming: verdict.Naming{Name: "Bank Północny", Domain: "polnocny.example"}, Version: 3,
		Lines: []string{"+48222223344"}, Checked: now.Add(-9 * 24 * time.Hour),
	}
}

// newScene makes a companion that has one bank, not yet started.
func newScene(t *testing.T, s look.Settings, language string, size fyne.Size) *scene {
	t.Helper()
	w := verdicttest.New()
	w.Content.Purposes[0].Sentences["pl"] = "Dotyczy płatności kartą"
	// As long as what a new bank publishes.
	w.Content.NeverAsk = map[string][]string{
		"en": {
			"move your money to another account to keep it safe", "read out a code from a text message or a card reader",
			"say or type your password or PIN", "install a program that lets somebody see or control your computer", "hand over a card or cash",
		},
		"pl": {
			"przelać pieniądze na inne konto, aby były bezpieczne", "odczytać na głos kod z SMS-a lub czytnika kart",
			"podać hasło lub PIN", "zainstalować program, który pozwala komuś widzieć lub sterować komputerem", "przekazać kartę lub gotówkę",
		},
	}
	sc := &scene{stage: newStage(t, s, language, size), world: w, self: &companion{banks: []session.Bank{bankOf(w)}}}
	sc.self.newcomer = bankOf(w)
	sc.self.past = []session.Past{
		{Began: w.Now.Add(-26 * time.Hour), Lasted: 11 * time.Minute, Bank: "Example Bank", Domain: "examplebank.com", Name: "Piotr Nowak", Department: "Fraud team", Purpose: trust.CardPayment, Direction: offer.BankCalled, Reason: ending.Completed, Secure: true},
		{Began: w.Now.Add(-50 * time.Hour), Lasted: 4 * time.Second, Bank: "Example Bank", Domain: "examplebank.com", Reason: ending.WrongDirection},
		{Began: w.Now.Add(-400 * time.Hour), Lasted: 40 * time.Second, Bank: "Bank Północny", Domain: "polnocny.example", Name: "Ewa Lis", Purpose: trust.Transfer, Direction: offer.CustomerCalled, Reason: ending.LineLost, Guest: true},
	}
	sc.side = New(Options{
		Self: sc.self,
		Look: func(context.Context) ([]remote.Finding, error) {
			if sc.before != nil {
				sc.before()
			}
			return sc.found, sc.lookErr
		},
		ReadPicture: func(string) (string, error) { return sc.scan, nil },
	})
	t.Cleanup(func() { sc.side.Stop() })
	return sc
}

// quick is a scene in light and English.
func quick(t *testing.T) *scene {
	t.Helper()
	return newScene(t, look.Settings{Variant: look.Light}, "en", normal)
}

// start opens the banks.
func (sc *scene) start() *scene {
	sc.t.Helper()
	sc.side.Start(sc.stage)
	sc.until("the banks are open", func() bool { return sc.side.state.Kind() != Opening })
	return sc
}

func (sc *scene) await(k Kind) *scene {
	sc.t.Helper()
	sc.until("another screen comes", func() bool { return sc.side.state.Kind() == k })
	return sc
}

// toQuestion presses the big button.
func (sc *scene) toQuestion() *scene {
	sc.t.Helper()
	sc.start().press("customer.on_a_call")
	return sc.await(HowBegan)
}

// toCode answers that the telephone rang.
func (sc *scene) toCode() *scene {
	sc.t.Helper()
	sc.toQuestion().press("ask.they_called")
	return sc.await(TypeCode)
}

// toCheck types the code of the world's offer.
func (sc *scene) toCheck() *scene {
	sc.t.Helper()
	sc.toCode().digits(offer.Code(sc.world.FinishedCore().ID()))
	sc.until("the call is being checked", func() bool { return sc.side.state.Story.Phase == call.Looking })
	return sc
}

// play steps the call's machine until its screen comes.
func (sc *scene) play(k Kind, inputs ...call.Input) *scene {
	sc.t.Helper()
	sc.self.call.step(inputs...)
	return sc.await(k)
}

// judge is the world's verdict, changed by edit.
func (sc *scene) judge(edit func(*verdict.Input)) call.Input {
	in := sc.world.ByCode()
	in.Answers = sc.side.state.Check.Answers
	in.Helped = sc.side.state.Check.Helped
	if edit != nil {
		edit(&in)
	}
	return call.LookedUp{Output: verdict.Check(in)}
}

func (sc *scene) toGreen() *scene {
	sc.t.Helper()
	sc.toCheck()
	sc.play(Green, sc.judge(nil), call.RevealArrived{})
	return sc.awaitDigits()
}

// awaitDigits waits for the connection check.
func (sc *scene) awaitDigits() *scene {
	sc.t.Helper()
	sc.until("the digits are shown", func() bool { return sc.side.state.Story.Readback == readback })
	return sc
}

func guest(in *verdict.Input) { in.Own = nil }

func (sc *scene) toGuest() *scene {
	sc.t.Helper()
	sc.self.banks[0].Enrolled, sc.self.banks[0].OwnLines = false, nil
	sc.toCheck()
	sc.play(Guest, sc.judge(guest), call.RevealArrived{})
	return sc.awaitDigits()
}

func (sc *scene) toSecure() *scene {
	sc.t.Helper()
	sc.toGreen()
	return sc.play(Secure, call.SASOKArrived{})
}

// lastWords ends the call, after texts that did not arrive.
func (sc *scene) lastWords(texts call.Undelivered, in call.Input) {
	sc.t.Helper()
	sc.self.call.texts = texts
	sc.over(in)
}

// over lets the end of the call be told.
func (sc *scene) over(inputs ...call.Input) *scene {
	sc.t.Helper()
	sc.self.call.step(inputs...)
	sc.until("the call is over", func() bool { return sc.side.state.Story.Over })
	return sc
}

// endsLate lets a call that the person has left tell its ending, and be kept.
func (sc *scene) endsLate(p *playedCall, r ending.Reason) {
	sc.t.Helper()
	before := sc.happened
	p.events <- call.EndedEvent{Reason: r}
	close(p.events)
	sc.until("the late one is kept", func() bool { return sc.happened == before+2 })
}
