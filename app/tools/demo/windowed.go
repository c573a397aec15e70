// This file owns the cast that plays at windows: the real program, each person
// on a display of their own, used by keyboard alone. What the windows say is
// told as it comes; what they show is kept as pictures.

package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"countersign/app/tools/demo/people"
	"countersign/app/tools/demo/programs"
	"countersign/app/tools/demo/windows"
	"countersign/session/computer/qr"
	"countersign/session/computer/vault/keyringtest"
	"countersign/ui/words"
)

// windowCast are two people at windows.
type windowCast struct {
	*stage
	screen windows.Screen
	looks  looks
	album  *album
	tour   bool // they look at everything, for the sake of the pictures
	bank   windowAgent
	person windowCustomer
	ending []func() error // what ends what was started for them, in reverse
}

// looks are how somebody likes the window, as the program remembers it.
type looks struct {
	theme    string // "light" or "dark"
	language string
	text     float64 // size of the text, 1 is normal
}

// windowPerson is one of them.
type windowPerson struct {
	*windowCast
	side side
	role string
}

type windowAgent struct {
	windowPerson
	people.Agent
	qr       string // text of the first QR code
	corrects bool   // the form is filled in, but for the direction
}

type windowCustomer struct {
	windowPerson
	people.Customer
	doubted bool // has seen amber
}

func (c *windowCast) agent() agentPart       { return &c.bank }
func (c *windowCast) customer() customerPart { return &c.person }

// seat implements cast: both begin at their first start.
func (c *windowCast) seat(ctx context.Context, s *stage) error {
	c.stage = s
	if err := words.Use(c.looks.language); err != nil {
		return err
	}
	c.bank.windowPerson = windowPerson{c, bankSide, "agent"}
	c.person.windowPerson = windowPerson{c, customerSide, "customer"}
	if err := c.seatAgent(ctx); err != nil {
		return err
	}
	s.page.item(good, "The agent's computer is enrolled with a ticket; its secrets are in a keyring of its own.")
	if err := c.seatCustomer(ctx); err != nil {
		return err
	}
	s.page.item(good, "The customer's computer is enrolled with a ticket; its secrets are in a keyring of its own.")
	return nil
}

func (c *windowCast) seatAgent(ctx context.Context) error {
	ticket, _, err := c.invite(ctx, newAgent...)
	if err != nil {
		return err
	}
	if c.bank.Agent.Person, err = c.bank.sitsDown(ctx); err != nil {
		return err
	}
	if err := c.bank.Chooses(ctx); err != nil {
		return err
	}
	if err := c.bank.Enrols(ctx, ticket); err != nil {
		return err
	}
	return c.bank.SignsIn(ctx)
}

func (c *windowCast) seatCustomer(ctx context.Context) error {
	ticket, _, err := c.invite(ctx, newCustomer...)
	if err != nil {
		return err
	}
	if c.person.Customer.Person, err = c.person.sitsDown(ctx); err != nil {
		return err
	}
	if err := c.person.Chooses(ctx); err != nil {
		return err
	}
	return c.person.Enrols(ctx, ticket, bankWithDomain)
}

// sitsDown gives somebody a display, a home, a keyring and the program.
func (p windowPerson) sitsDown(ctx context.Context) (people.Person, error) {
	home := filepath.Join(p.dir, p.role)
	state := filepath.Join(home, "state")
	if err := errors.Join(os.MkdirAll(state, 0o700), p.looks.write(state, p.screen)); err != nil {
		return people.Person{}, err
	}
	k, err := keyringtest.Open(ctx, home)
	if err != nil {
		return people.Person{}, err
	}
	p.ending = append(p.ending, func() error { k.Close(); return nil })
	display, err := windows.Open(ctx, p.screen)
	if err != nil {
		return people.Person{}, err
	}
	p.ending = append(p.ending, display.Close)
	window, err := display.Start(ctx, programs.Command{Path: p.program("countersign"), Args: []string{"--home", state}, Env: k.Env()}, p.tell)
	if err != nil {
		return people.Person{}, err
	}
	p.ending = append(p.ending, func() error { window.Stop(); return nil })
	return people.Person{Window: window, Seen: func(ctx context.Context, key string) error {
		return p.album.keep(ctx, window, pictureName(p.role, key))
	}}, nil
}

// write writes what the program remembers of a person's preferences.
func (l looks) write(state string, s windows.Screen) error {
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	return os.WriteFile(filepath.Join(state, "window.json"), []byte(`{"theme":"`+l.theme+`","language":"`+l.language+
		`","text-size":`+number(l.text)+
		`,"window-width":`+number(float64(s.Width)/s.Scale)+`,"window-height":`+number(float64(s.Height)/s.Scale)+`}`), 0o600)
}

// tell prints what a window says.
func (p windowPerson) tell(t windows.Title) {
	if said := people.Headline(t.Text); said != "" {
		p.row(t.At, p.side, moodOf(t.Text), "the window: "+said)
	}
}

// moodOf is how a headline is marked.
func moodOf(title string) mood {
	for key, m := range map[string]mood{
		"agent.secure": good, "ending.completed": good,
		"verdict.hang_up": bad, "ending.agent.wrong_direction": bad,
	} {
		if title == people.Screen(key) {
			return m
		}
	}
	for _, green := range []string{
		people.Screen("customer.green", words.With{"Bank": bankName}),
		people.Screen("customer.talk", words.With{"Name": agentName, "Bank": bankName}),
	} {
		if title == green {
			return good
		}
	}
	return plain
}

// close implements cast.
func (c *windowCast) close() {
	for i := len(c.ending) - 1; i >= 0; i-- {
		_ = c.ending[i]() // what is left of a display is below the folder for temporary files
	}
}

// picture keeps what a person sees now.
func (p windowPerson) picture(ctx context.Context, w *windows.Window, name string) error {
	return p.album.keep(ctx, w, p.role+"-"+name)
}

func (a *windowAgent) offers(ctx context.Context, direction string) (string, error) {
	if err := a.begins(ctx, direction); err != nil {
		return "", err
	}
	code, err := a.Code(ctx)
	if err != nil || a.qr != "" {
		return code, err
	}
	a.qr, err = a.QR(ctx)
	return code, err
}

// begins fills the form in and presses the button. After a refusal the form
// holds all but the right direction.
func (a *windowAgent) begins(ctx context.Context, direction string) error {
	c := people.Call{Customer: reference}
	if direction == "customer-called" {
		c.Direction = people.CustomerCalled
	}
	var err error
	if a.corrects {
		err = a.TurnsRound(ctx, 1)
	} else {
		err = a.FillsIn(ctx, c)
	}
	a.corrects = false
	if err != nil {
		return err
	}
	if err := a.picture(ctx, a.Window, "form-filled"); err != nil {
		return err
	}
	return a.ShowsCode(ctx)
}

func (a *windowAgent) refused(ctx context.Context, direction string) error {
	if err := a.begins(ctx, direction); err != nil {
		return err
	}
	a.corrects = true
	if err := a.IsWarned(ctx); err != nil {
		return err
	}
	if err := a.readsWords(ctx, a.Agent.Person, words.Say("ending.agent.on_hold")); err != nil {
		return err
	}
	a.row(time.Now(), bankSide, bad, "no code: "+words.Say("ending.agent.on_hold"))
	return a.picture(ctx, a.Window, "form-on-hold")
}

func (a *windowAgent) readsBack(ctx context.Context, digits string) error {
	if err := a.picture(ctx, a.Window, "readback"); err != nil {
		return err
	}
	return a.Types(ctx, digits)
}

func (a *windowAgent) secure(ctx context.Context) error { return a.Secure(ctx) }

func (a *windowAgent) writes(ctx context.Context, text string) error { return a.Writes(ctx, text) }

func (a *windowAgent) reads(ctx context.Context, text string) error {
	if err := a.arrives(ctx, a.Agent.Person, text); err != nil {
		return err
	}
	if err := a.picture(ctx, a.Window, "chat"); err != nil {
		return err
	}
	return a.person.picture(ctx, a.person.Window, "chat") // both have a line of each now
}

func (a *windowAgent) ends(ctx context.Context) error {
	if err := a.Ends(ctx); err != nil {
		return err
	}
	if err := a.Sees(ctx, "ending.completed"); err != nil {
		return err
	}
	return a.Again(ctx)
}

func (a *windowAgent) stopped(ctx context.Context) error {
	if err := a.Sees(ctx, "ending.agent.wrong_direction"); err != nil {
		return err
	}
	return a.Again(ctx)
}

func (c *windowCustomer) checks(ctx context.Context, code string) error {
	if c.tour && !c.doubted {
		c.doubted = true
		if err := c.Doubts(ctx, code); err != nil {
			return err
		}
	}
	if err := c.Begins(ctx); err != nil {
		return err
	}
	if err := c.Answers(ctx, people.PhoneRang); err != nil {
		return err
	}
	return c.Types(ctx, code)
}

func (c *windowCustomer) verified(ctx context.Context) (string, error) {
	if err := c.Green(ctx, bankName); err != nil {
		return "", err
	}
	if err := c.Reads(ctx, agentName); err != nil {
		return "", err
	}
	return c.Readback(ctx)
}

func (c *windowCustomer) secure(ctx context.Context) error {
	if err := c.Secure(ctx, agentName, bankName); err != nil || !c.tour {
		return err
	}
	return c.AlmostReports(ctx, agentName, bankName)
}

func (c *windowCustomer) writes(ctx context.Context, text string) error { return c.Writes(ctx, text) }

func (c *windowCustomer) reads(ctx context.Context, text string) error {
	return c.arrives(ctx, c.Customer.Person, text)
}

func (c *windowCustomer) ended(ctx context.Context) error {
	if err := c.Sees(ctx, "ending.completed"); err != nil {
		return err
	}
	return c.Leaves(ctx)
}

func (c *windowCustomer) stopped(ctx context.Context) error {
	if err := c.Red(ctx); err != nil {
		return err
	}
	return c.Leaves(ctx)
}

// readsWords reads our own words, in the language that the reader has learnt.
func (p windowPerson) readsWords(ctx context.Context, who people.Person, text string) error {
	if p.looks.language != "en" {
		return nil
	}
	return who.Reads(ctx, text)
}

// arrives reads the other side's line on the screen.
func (p windowPerson) arrives(ctx context.Context, who people.Person, text string) error {
	if err := who.Reads(ctx, text); err != nil {
		return err
	}
	p.row(time.Now(), p.side, written, sender[p.side]+": "+text)
	return nil
}

// keep implements cast: the pictures are there already, but for the lists of
// past calls.
func (c *windowCast) keep(ctx context.Context, folder string) (string, error) {
	if err := c.bank.ListsCalls(ctx); err != nil {
		return "", err
	}
	if err := c.person.ListsCalls(ctx); err != nil {
		return "", err
	}
	png, err := qr.PNG(c.bank.qr, qrModule)
	if err != nil {
		return "", err
	}
	return "a picture of every screen, and qr.png (the first offer's QR code, as it was read from the screen)",
		os.WriteFile(filepath.Join(folder, "qr.png"), png, 0o644)
}
