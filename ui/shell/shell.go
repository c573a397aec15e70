// Package shell owns the window around a side: the header, the settings, the
// help, the first start, the opening of the keyring and the closing of the
// window. It gives a side its stage, and plays the side's screens on it (screens.go,
// beside.go), but knows nothing else of it.
//
// It must not know a screen of either side, the protocol or the network, and
// does not import the sides: whoever starts the program gives it doors that
// open them. What it keeps between two starts is in preferences.go.
//
// Rules: everything here belongs to the main goroutine but Stage.Do; nothing
// slow runs there. There is no dialog: a question is a page of its own. What
// happens in a call comes before settings and help. Nothing that another
// program or a link asks for starts anything.
package shell

import (
	"context"
	"regexp"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"

	"countersign/session"
	"countersign/session/computer/screenpop"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/words"
)

// Doors open the two sides.
type Doors struct {
	Agent, Customer Door
	// Sealed reports whether there is a file of secrets that a passphrase
	// already seals. It is called off the main goroutine.
	Sealed func() bool
}

// Door opens a side. It is called off the main goroutine and may take as long
// as the keyring does. Reasons: no_keyring, keyring_locked.
type Door func(context.Context, Opening) (Opened, error)

// Opening is what a door needs to know.
type Opening struct {
	Keyring    session.KeyringChoice
	Passphrase func() (string, error) // asks the person and waits
}

// Opened is a side behind an open door.
type Opened struct {
	Side Side
	// Banks lists what this computer knows of banks, through the keyring.
	Banks func(context.Context) ([]session.Bank, error)
	// Keyring is where the secrets are.
	Keyring session.KeyringChoice
}

// Filler is a side with a form that a call-centre program may fill in.
type Filler interface{ Fill(screenpop.Request) }

// Options are a shell's surroundings.
type Options struct {
	Window      fyne.Window
	Preferences Preferences
	Clock       session.Clock
	Do          func(func()) // runs a function on the main goroutine, soon
	Doors       Doors
	Who         Who             // as the command line says; Nobody: as remembered
	Language    string          // as the command line says; "": as remembered
	Version     string          // of the program
	System      func() []string // lines for the diagnostics: what else is known of this computer
	Quit        func()          // ends the program
}

// Shell is a window's content. It is the stage of its side.
type Shell struct {
	options Options
	kept    kept
	frame   *Frame
	compact bool
	low     bool

	who     Who
	side    Side
	left    []<-chan struct{} // of each side that has played here: closed when its calls are kept
	opened  Opened
	page    Page        // what the side shows, or what base builds
	base    func() Page // a page of our own in the side's place; nil: the side plays
	over    func() Page // settings, help or a question above it; nil: none
	overIs  string      // which of them
	above   Page        // what over has built
	held    fyne.Focusable
	pending *screenpop.Request // came before there was a side

	blank      bool               // an opening has shown nothing yet
	attempt    int                // counts the openings: what comes of an earlier one is too late
	giveUp     context.CancelFunc // an earlier opening
	redraws    bool               // a redraw of ours is under way
	awaits     bool               // another language waits for the end of the call
	forgetSize func()             // the size that is to be remembered
	gone       bool               // the window is closed; only the end of a call still counts
}

var _ Stage = (*Shell)(nil)

// New fills the window with a shell. Nothing is opened before Start.
func New(o Options) (*Shell, error) {
	s := &Shell{options: o, kept: kept{o.Preferences}, giveUp: func() {}, forgetSize: func() {}}
	if err := s.speak(); err != nil {
		return nil, err
	}
	s.who = s.kept.who()
	if s.who == Nobody && o.Who != Nobody {
		s.kept.setWho(o.Who) // the question is answered
	}
	if o.Who != Nobody {
		s.who = o.Who
	}
	s.restyleFor(s.kept.windowSize())
	c := o.Window.Canvas()
	s.frame = NewFrame(c, s.standing())
	o.Window.SetPadded(false)
	o.Window.SetContent(container.New(windowLayout{}, s.frame.Object()))
	o.Window.Resize(s.kept.windowSize())
	s.frame.resized = s.sized
	o.Window.SetCloseIntercept(s.Close)
	o.Window.SetOnDropped(s.dropped)
	s.takeKeys(c)
	return s, nil
}

// Start shows the first page and opens what the person chose earlier.
func (s *Shell) Start() {
	if s.who == Nobody {
		s.stand(s.firstStart)
		return
	}
	s.open(session.KeyringDefault)
}

// Take does what another start of the program or a link asks for: it fills a
// form in, at most. nil: the window is wanted, nothing else. A link that can
// fill nothing in must not get between a person and a call.
func (s *Shell) Take(r *screenpop.Request) {
	filler, fills := s.side.(Filler)
	refused := r != nil && !fills && (s.side != nil || s.who == Customer)
	if refused && s.page.Busy {
		return
	}
	s.options.Window.RequestFocus()
	switch {
	case r == nil:
	case fills:
		filler.Fill(*r)
	case refused:
		s.frame.Notify(words.Say("shell.not_agent"), words.Say("shell.close"))
	default:
		s.pending = r
	}
}

// Show implements Stage.
func (s *Shell) Show(p Page) {
	wasBusy, fresh := s.page.Busy, p.Content != s.page.Content
	s.page, s.base, s.blank = p, nil, false
	inCall := p.Busy || wasBusy || p.Mood != look.Calm
	if fresh {
		s.held = nil // belongs to what is no longer there
	}
	if fresh && inCall && !s.redraws {
		s.over = nil
	}
	s.draw()
	if wasBusy && !p.Busy && s.awaits {
		s.Do(s.changeLanguage)
	}
}

// Do implements Stage.
func (s *Shell) Do(f func()) { s.options.Do(f) }

// After implements Stage.
func (s *Shell) After(d time.Duration, f func()) (stop func()) {
	stopped := false // belongs to the main goroutine, like f
	cancel := s.options.Clock.AfterFunc(d, func() {
		s.Do(func() {
			if !stopped {
				f()
			}
		})
	})
	return func() {
		stopped = true
		cancel()
	}
}

// Now implements Stage.
func (s *Shell) Now() time.Time { return s.options.Clock.Now() }

// Compact implements Stage.
func (s *Shell) Compact() bool { return s.compact }

// stand shows a page of our own in the side's place.
func (s *Shell) stand(build func() Page) {
	s.base, s.blank = build, false
	s.page = build()
	s.draw()
}

// raise shows a page of our own above the side's.
func (s *Shell) raise(name string, build func() Page) {
	if s.over == nil {
		s.held = s.frame.canvas.Focused()
	}
	s.over, s.overIs, s.above = build, name, build()
	s.draw()
}

// inCall gives a page above the side's what must be at hand all the same: what
// the side has in the header, and its function keys. "Something is wrong" is
// never behind the help.
func (s *Shell) inCall(p Page) Page {
	p.Bank, p.Note, p.Actions, p.Keys = s.page.Bank, s.page.Note, nil, map[Key]func(){}
	for _, a := range s.page.Actions {
		p.Actions = append(p.Actions, Action{a.Text, s.below(a.Do)})
	}
	for k, do := range s.page.Keys {
		if functionKey.MatchString(string(k)) {
			p.Keys[k] = s.below(do)
		}
	}
	return p
}

var functionKey = regexp.MustCompile(`^F[0-9]+$`)

// below does something of the side's page, which is shown for it.
func (s *Shell) below(do func()) func() {
	return func() {
		s.lower()
		do()
	}
}

// The names of our own pages above a side's.
const (
	isSettings = "settings"
	isHelp     = "help"
	isQuestion = "question"
	isClosing  = "closing"
)

// isOver reports whether that page of ours is above the side's.
func (s *Shell) isOver(name string) bool { return s.over != nil && s.overIs == name }

// lower takes it away; the focus goes back to where it was.
func (s *Shell) lower() {
	if s.over == nil {
		return
	}
	s.over = nil
	p := s.page
	if s.held != nil {
		p.Focus = s.held
	}
	s.drawPage(p)
}

func (s *Shell) draw() {
	if s.over != nil {
		s.above = s.inCall(s.above)
		s.drawPage(s.above)
		return
	}
	s.drawPage(s.page)
}

func (s *Shell) drawPage(p Page) {
	if s.gone {
		return
	}
	s.options.Window.SetTitle(words.Say("shell.title", words.With{"Page": p.Title}))
	s.frame.Draw(p)
}

// standing is what the header always shows.
func (s *Shell) standing() Standing {
	name := words.Say("shell.name")
	if s.who == Agent {
		name = words.Say("shell.name_agent")
	}
	return Standing{Name: name, Actions: []Action{
		{Text: words.Say("shell.help"), Do: func() { s.Help("") }},
		{Text: words.Say("shell.settings"), Do: s.Settings},
	}}
}

// takeKeys listens to the keys that no control takes.
func (s *Shell) takeKeys(c fyne.Canvas) {
	c.SetOnTypedRune(s.TakeRune)
	c.SetOnTypedKey(s.TakeKey)
	parts.PassKeys(c, s)
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyComma, Modifier: fyne.KeyModifierShortcutDefault},
		func(fyne.Shortcut) { s.Settings() })
}

// TakeRune implements parts.KeyTaker.
func (s *Shell) TakeRune(r rune) { s.frame.TakeRune(r) }

// TakeKey implements parts.KeyTaker.
func (s *Shell) TakeKey(e *fyne.KeyEvent) {
	if e.Name == keyHelp {
		s.Help("")
		return
	}
	s.frame.TakeKey(e)
}

// dropped gives dropped files to the page that is shown.
func (s *Shell) dropped(_ fyne.Position, items []fyne.URI) {
	if s.over != nil || s.page.Dropped == nil {
		return
	}
	var paths []string
	for _, item := range items {
		if item.Scheme() == "file" {
			paths = append(paths, item.Path())
		}
	}
	if len(paths) > 0 {
		s.page.Dropped(paths)
	}
}

// windowLayout fills the window, which never becomes smaller than what can be
// used.
type windowLayout struct{}

func (windowLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(minWidth, minHeight) }

func (windowLayout) Layout(o []fyne.CanvasObject, size fyne.Size) { o[0].Resize(size) }
