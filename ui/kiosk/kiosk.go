// Package kiosk owns the training window: the agent's and the customer's
// screens side by side, under a band that says that nothing of it is real. It
// opens a training bank, gives each side its half, and makes a new bank when
// people start over.
//
// It must not know a screen of either side, the protocol or the bank: whoever
// starts the program gives it a function that opens a bank with two sides.
//
// Rules: the band is always there. Everything here belongs to the main
// goroutine but Stage.Do; a bank opens and closes beside it. A call under way
// is never dropped without a question. Nothing of a bank that is closed is
// drawn any more.
package kiosk

import (
	"context"
	"time"

	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/session/computer/screenpop"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// Bank is an open training bank with its two people.
type Bank struct {
	Agent, Customer shell.Side
	// Close ends the bank. It is called off the main goroutine, after both
	// sides were stopped.
	Close func() error
}

// Options are a kiosk's surroundings.
type Options struct {
	Window  fyne.Window
	Clock   session.Clock
	Do      func(func()) // runs a function on the main goroutine, soon
	Open    func(context.Context) (Bank, error)
	Quit    func() // ends the program
	Variant look.Variant
	// Reference is the customer's, in every bank: the agent's form begins with it.
	Reference string
}

// Kiosk is a window's content.
type Kiosk struct {
	options         Options
	agent, customer *pane          // the halves, while a bank is open
	cover           *pane          // above both halves, while it has a page
	active          *pane          // the half where keys go
	given           fyne.Focusable // has the focus because we gave it: it is in the active half
	compact         bool

	bank    *Bank              // nil: none is open
	working bool               // a bank is opening or closing
	leaving bool               // the window is to close when that is done
	giveUp  context.CancelFunc // an opening

	content, halves *fyne.Container
}

// New fills the window with a kiosk. Nothing is opened before Start.
func New(o Options) *Kiosk {
	k := &Kiosk{options: o, compact: true, giveUp: func() {}}
	k.restyle()
	k.build()
	c := o.Window.Canvas()
	c.SetOnTypedRune(k.TakeRune)
	c.SetOnTypedKey(k.TakeKey)
	parts.PassKeys(c, k)
	o.Window.SetPadded(false)
	o.Window.SetContent(k.content)
	o.Window.SetCloseIntercept(k.Close)
	o.Window.SetOnDropped(k.dropped)
	return k
}

// restyle gives the training palette to the window.
func (k *Kiosk) restyle() {
	fyne.CurrentApp().Settings().SetTheme(look.New(look.Settings{TextScale: look.MinTextScale, Variant: k.options.Variant, Training: true, Compact: k.compact}))
}

// Start opens the first bank.
func (k *Kiosk) Start() { k.open() }

// open makes a bank, off the main goroutine.
func (k *Kiosk) open() {
	ctx, giveUp := context.WithCancel(context.Background())
	k.working, k.giveUp = true, giveUp
	k.show(k.workingPage("kiosk.opening"))
	go func() {
		bank, err := k.options.Open(ctx)
		k.options.Do(func() { k.opened(bank, err) })
	}()
}

func (k *Kiosk) opened(b Bank, err error) {
	k.working = false
	k.giveUp()
	switch {
	case err == nil:
		k.begin(b)
	case k.leaving:
		k.options.Quit()
	default:
		k.show(k.failedPage(err))
	}
}

// begin gives both sides their halves. The agent's form is filled in once, as a
// call-centre program would do it.
func (k *Kiosk) begin(b Bank) {
	k.bank = &b
	if k.leaving {
		k.shut()
		return
	}
	k.agent = k.newHalf(words.Say("kiosk.agent"))
	k.customer = k.newHalf(words.Say("kiosk.customer"))
	k.active = k.agent
	k.seat()
	if form, fills := b.Agent.(shell.Filler); fills {
		form.Fill(screenpop.Request{Customer: k.options.Reference})
	}
	b.Customer.Start(k.customer)
	b.Agent.Start(k.agent)
	k.uncover()
}

// Reset closes the bank and opens a fresh one. It asks first when a call is
// under way, and does nothing while a bank opens or closes.
func (k *Kiosk) Reset() {
	if k.bank != nil {
		k.afterCall("kiosk.reset_means", "kiosk.reset_do", k.shut)
	}
}

// Close is what the window does when the person closes it.
func (k *Kiosk) Close() { k.afterCall("closing.means", "closing.end", k.leave) }

// afterCall does something that ends a call, with a question if there is one.
func (k *Kiosk) afterCall(means, do string, then func()) {
	if k.busy() {
		k.show(k.questionPage(means, do, then))
		return
	}
	then()
}

func (k *Kiosk) busy() bool {
	return k.agent != nil && (k.agent.page.Busy || k.customer.page.Busy)
}

// endWithin is how long a training call may take to end. Somebody looks on, and
// nothing of it is kept.
const endWithin = 3 * time.Second

// leave closes the bank, if there is one, and ends the program.
func (k *Kiosk) leave() {
	k.leaving = true
	k.giveUp()
	switch {
	case k.bank != nil:
		k.shut()
	case !k.working:
		k.options.Quit()
	}
}

// shut stops both sides and closes the bank once their calls have ended, or have
// taken too long, off the main goroutine. Then the next one opens, or the
// program ends.
func (k *Kiosk) shut() {
	bank, inCall := k.bank, k.busy()
	k.bank, k.working = nil, true
	k.clear()
	if inCall {
		k.show(k.workingPage("kiosk.ending"))
	} else {
		k.show(k.workingPage("kiosk.closing"))
	}
	enough := make(chan struct{})
	stopWaiting := k.options.Clock.AfterFunc(endWithin, func() { close(enough) })
	calls := []<-chan struct{}{bank.Agent.Stop(), bank.Customer.Stop()}
	go func() {
		for _, kept := range calls {
			select {
			case <-kept:
			case <-enough:
			}
		}
		stopWaiting()
		if inCall {
			k.options.Do(func() { k.show(k.workingPage("kiosk.closing")) })
		}
		err := bank.Close()
		k.options.Do(func() { k.shutDone(err) })
	}()
}

func (k *Kiosk) shutDone(err error) {
	k.working = false
	if err != nil {
		fyne.LogError("the training bank left something behind", err)
	}
	if k.leaving {
		k.options.Quit()
		return
	}
	k.open()
}

// workingPage says what is waited for.
func (k *Kiosk) workingPage(title string) shell.Page {
	return shell.Page{
		Title:   words.Say(title),
		Content: parts.Page(parts.Headline(words.Say(title)), parts.Working(words.Say("kiosk.nothing_real")), nil),
	}
}

// failedPage says that there is no bank, and offers another try.
func (k *Kiosk) failedPage(err error) shell.Page {
	again := parts.NewButton(parts.Primary, words.Say("opening.again"), k.open)
	return shell.Page{
		Title: words.Say("kiosk.failed"),
		Content: parts.Page(
			parts.Headline(words.Say("kiosk.failed")),
			parts.Note(words.Say("details", words.With{"Text": advice.Clean(err.Error())})),
			parts.Actions(again),
		),
		Focus: again,
	}
}

// questionPage asks before a call ends.
func (k *Kiosk) questionPage(means, do string, then func()) shell.Page {
	stay := parts.NewButton(parts.Primary, words.Say("closing.stay"), k.uncover)
	end := parts.NewButton(parts.Secondary, words.Say(do), then)
	return shell.Page{
		Title: words.Say("closing.title"),
		Content: parts.Page(
			parts.Heading(words.Say("closing.title"), words.Say(means)),
			nil, parts.Actions(stay, end),
		),
		Focus: stay,
		Back:  k.uncover,
	}
}
