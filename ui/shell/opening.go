// This file owns the way to the keyring: waiting for it with words, saying what
// is wrong with it, and the passphrase where a sealed file takes its place.

package shell

import (
	"context"
	"errors"
	"time"

	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/session/computer/vault"
	"countersign/session/protocol/ending"
	"countersign/ui/advice"
	"countersign/ui/parts"
	"countersign/ui/words"
)

// wordsAfter is how long opening may take before words say what is waited for:
// words that come and go at once only frighten.
const wordsAfter = 300 * time.Millisecond

// open opens the person's side, off the main goroutine. What an earlier
// opening brings after this is too late.
func (s *Shell) open(choice session.KeyringChoice) {
	ctx := s.begin()
	s.stand(func() Page { return Page{Title: words.Say("opening.title"), Content: parts.Page(nil, nil, nil)} })
	s.blank = true
	attempt := s.attempt
	s.After(wordsAfter, func() {
		if attempt == s.attempt && s.blank {
			s.stand(s.openingPage("opening.keyring"))
		}
	})
	s.pass(ctx, Opening{Keyring: choice, Passphrase: func() (string, error) { return s.ask(ctx, attempt, false) }})
}

// begin gives up an earlier opening.
func (s *Shell) begin() context.Context {
	s.giveUp()
	s.attempt++
	ctx, cancel := context.WithCancel(context.Background())
	s.giveUp = cancel
	return ctx
}

// pass goes through the door, and reads the banks once: a keyring that is
// there may still be locked, and only reading tells.
func (s *Shell) pass(ctx context.Context, o Opening) {
	attempt, door := s.attempt, s.options.Doors.Customer
	if s.who == Agent {
		door = s.options.Doors.Agent
	}
	go func() {
		opened, err := door(ctx, o)
		if err == nil {
			err = keyringTrouble(ctx, opened)
		}
		s.Do(func() {
			if attempt == s.attempt && !s.gone {
				s.passed(opened, err)
			}
		})
	}()
}

// keyringTrouble reads the banks and returns what is wrong with the keyring.
// Whatever else is wrong is for the side to tell.
func keyringTrouble(ctx context.Context, o Opened) error {
	if o.Banks == nil {
		return nil
	}
	_, err := o.Banks(ctx)
	switch ending.Of(err, "") {
	case ending.NoKeyring, ending.KeyringLocked:
		return err
	}
	return nil
}

// passed begins the side, or says why there is none.
func (s *Shell) passed(o Opened, err error) {
	switch {
	case errors.Is(err, vault.ErrWrongPassphrase):
		s.retry()
	case err != nil:
		s.stand(func() Page { return s.trouble(err) })
	default:
		s.opened, s.side = o, o.Side
		s.side.Start(s)
		if r := s.pending; r != nil {
			s.pending = nil
			s.Take(r)
		}
	}
}

func (s *Shell) openingPage(key string) func() Page {
	return func() Page {
		return Page{
			Title:   words.Say("opening.title"),
			Content: parts.Page(parts.Headline(words.Say("opening.title")), parts.Working(words.Say(key)), nil),
		}
	}
}

// trouble says that there is no keyring, that it is locked, or that something
// else is wrong with what is kept here, and what can be done.
func (s *Shell) trouble(err error) Page {
	title, why := words.Say("opening.files"), words.Say("opening.files_why")
	again := parts.NewButton(parts.Primary, words.Say("opening.again"), func() { s.open(session.KeyringDefault) })
	actions := []fyne.CanvasObject{again}
	var rows []fyne.CanvasObject
	if isKeyring(err) {
		title, why = words.Say("opening.no_keyring"), words.Say("opening.no_keyring_why")
		if ending.Of(err, "") == ending.KeyringLocked {
			title, why = words.Say("opening.locked"), words.Say("opening.locked_why")
		}
		actions = append(actions, parts.NewButton(parts.Secondary, words.Say("opening.file"), func() { s.open(session.KeyringPassphrase) }))
		rows = append(rows, parts.Body(words.Say("opening.what")), parts.Body(words.Say("opening.file_what")), parts.Note(words.Say("opening.text_form")))
	}
	rows = append(rows, parts.Note(words.Say("details", words.With{"Text": advice.Clean(err.Error())})))
	return Page{
		Title:   title,
		Content: s.sheet(parts.Heading(title, why), parts.Column(rows...), parts.Actions(actions...)),
		Focus:   again,
	}
}

// isKeyring reports whether it is the keyring that cannot be used. A disk that
// fails has the same ending, but a sealed file on it would not help.
func isKeyring(err error) bool {
	return errors.Is(err, vault.ErrNoKeyring) || ending.Of(err, "") == ending.KeyringLocked
}

// ask asks the person for the passphrase and waits. It runs off the main
// goroutine.
func (s *Shell) ask(ctx context.Context, attempt int, wrong bool) (string, error) {
	isNew := !s.options.Doors.Sealed()
	answer := make(chan string, 1)
	s.Do(func() {
		if attempt == s.attempt && !s.gone {
			s.stand(s.newPassphrasePage(isNew, wrong, answer).draw)
		}
	})
	select {
	case typed := <-answer:
		return typed, nil
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

// retry asks once more after a wrong passphrase.
func (s *Shell) retry() {
	ctx := s.begin()
	attempt := s.attempt
	s.pass(ctx, Opening{
		Keyring:    session.KeyringPassphrase,
		Passphrase: func() (string, error) { return s.ask(ctx, attempt, true) },
	})
}

// passphrasePage asks for the passphrase: twice for a new one, once for one
// that a file is sealed by. Its boxes live as long as the page, whatever is
// redrawn around them.
type passphrasePage struct {
	shell        *Shell
	isNew        bool
	complaint    string // a translation key, "" for none
	first, again *parts.Entry
	answer       chan<- string
}

func (s *Shell) newPassphrasePage(isNew, wrong bool, answer chan<- string) *passphrasePage {
	p := &passphrasePage{shell: s, isNew: isNew, answer: answer}
	if wrong {
		p.complaint = "passphrase.wrong"
	}
	p.first = parts.NewSecretEntry(words.Say("passphrase.name"))
	p.again = parts.NewSecretEntry(words.Say("passphrase.again"))
	p.first.OnSubmitted = func(string) {
		if p.isNew {
			p.shell.frame.canvas.Focus(p.again)
			return
		}
		p.submit()
	}
	p.again.OnSubmitted = func(string) { p.submit() }
	return p
}

// submit gives the passphrase to the opening that waits for it, or says why it
// will not do.
func (p *passphrasePage) submit() {
	if p.complaint = p.fault(); p.complaint != "" {
		p.shell.stand(p.draw)
		return
	}
	typed := p.first.Text
	p.first.Text, p.again.Text = "", ""
	p.shell.stand(p.shell.openingPage("passphrase.working"))
	p.answer <- typed
}

// fault is what is wrong with what was typed, as a translation key.
func (p *passphrasePage) fault() string {
	switch {
	case p.first.Text == "":
		return "passphrase.empty"
	case !p.isNew:
		return ""
	case p.first.Text != p.again.Text:
		return "passphrase.differ"
	}
	return weakness(p.first.Text)
}

func (p *passphrasePage) draw() Page {
	title, why, do := "passphrase.title", "passphrase.why", "passphrase.open"
	fields := []fyne.CanvasObject{p.complaintRow(), parts.Field(words.Say("passphrase.name"), p.first, "")}
	actions := []fyne.CanvasObject{}
	back := func() {}
	if p.isNew {
		title, why, do = "passphrase.new_title", "passphrase.new_why", "passphrase.seal"
		fields = append(fields, parts.Field(words.Say("passphrase.again"), p.again, words.Say("passphrase.lost")))
		back = func() { p.shell.open(session.KeyringOS) }
	}
	actions = append(actions, parts.NewButton(parts.Primary, words.Say(do), p.submit))
	page := Page{Title: words.Say(title), Focus: p.first}
	if p.isNew {
		actions = append(actions, parts.NewButton(parts.Secondary, words.Say("passphrase.back"), back))
		page.Back = back
	}
	page.Content = p.shell.sheet(
		parts.Heading(words.Say(title), words.Say(why)),
		parts.Column(fields...),
		parts.Actions(actions...),
	)
	return page
}

// complaintRow says what is wrong, if anything.
func (p *passphrasePage) complaintRow() fyne.CanvasObject {
	if p.complaint == "" {
		return nil
	}
	return parts.Strip(parts.IconTriangle, words.Say(p.complaint))
}
