// This file owns what both people have in common: looking at their window until
// it says what it should, and reading what stands there.

// Package people owns what an agent and a customer do at their windows, step by
// step: which keys, after which screen, and what they read there. The demo
// tells it, the end-to-end tests check it.
//
// It must not know the protocol. A screen is known by its headline, which is
// the window's title, and a headline by its key in the translations: words may
// be mended without breaking this. Everything is done by keyboard.
package people

import (
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"strings"
	"time"
	"unicode"

	"countersign/app/tools/demo/windows"
	"countersign/ui/words"
)

// lookAgain is the time between two looks at a screen that does not yet show
// what is looked for.
const lookAgain = 200 * time.Millisecond

// pressAgain is the time between two presses of a key that is not taken yet.
const pressAgain = 1200 * time.Millisecond

// Person is somebody in front of a window.
type Person struct {
	*windows.Window
	// Seen is told of each screen that the person has waited for, by the key of
	// its headline, while it is shown; nil: nobody wants to know.
	Seen func(ctx context.Context, key string) error
}

// Screen is the window's title for a headline.
func Screen(key string, values ...words.With) string {
	return words.Say("shell.title", words.With{"Page": words.Say(key, values...)})
}

// Headline is the headline in a window's title, "" in one that has none.
func Headline(title string) string {
	headline, _ := strings.CutSuffix(title, words.Say("shell.title", words.With{"Page": ""}))
	if headline == title {
		return ""
	}
	return headline
}

// Sees waits for the screen with a headline.
func (p Person) Sees(ctx context.Context, key string, values ...words.With) error {
	return steps(
		func() error { return p.awaits(ctx, key, values...) },
		func() error { return p.notes(ctx, key) },
	)
}

// awaits waits for a headline, of which the screen may not be drawn yet.
func (p Person) awaits(ctx context.Context, key string, values ...words.With) error {
	want := Screen(key, values...)
	_, err := p.Await(ctx, fmt.Sprintf("%q", want), func(title string) bool { return title == want })
	return err
}

// notes tells whoever wants to know that a screen was seen.
func (p Person) notes(ctx context.Context, key string) error {
	if p.Seen == nil {
		return nil
	}
	return p.Seen(ctx, key)
}

// judges waits for a verdict: its words, and its colour once it is drawn.
func (p Person) judges(ctx context.Context, c Colour, key string, values ...words.With) error {
	return steps(
		func() error { return p.awaits(ctx, key, values...) },
		func() error { return p.Is(ctx, c) },
		func() error { return p.notes(ctx, key) },
	)
}

// steps does one thing after the other, as long as it goes well.
func steps(all ...func() error) error {
	for _, step := range all {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// presses is a step that presses keys, types one that types, sees one that
// waits for a screen.
func (p Person) presses(ctx context.Context, keys ...string) func() error {
	return func() error { return p.Press(ctx, keys...) }
}

func (p Person) types(ctx context.Context, text string) func() error {
	return func() error { return p.Type(ctx, text) }
}

func (p Person) sees(ctx context.Context, key string, values ...words.With) func() error {
	return func() error { return p.Sees(ctx, key, values...) }
}

// Writes writes a line in a secure call, where the box for it has the focus.
func (p Person) Writes(ctx context.Context, text string) error {
	return steps(p.types(ctx, text), p.presses(ctx, "Return"))
}

// Reads waits until a text stands on the screen, see stands.
func (p Person) Reads(ctx context.Context, text string) error {
	last := ""
	err := p.looks(ctx, func(picture *image.RGBA) (bool, error) {
		read, err := windows.Read(ctx, picture)
		if err == nil {
			last = read
		}
		return stands(read, text), err
	})
	if err != nil {
		return fmt.Errorf("%q does not stand on the screen, but %q: %w", text, last, err)
	}
	return nil
}

// stray is how many letters of something else may stand between two words of a
// text: a reader that goes by lines takes in what stands beside them.
const stray = 40

// stands reports whether a text was read. Only its letters and digits count,
// word after word: a reader sees a full stop where there is a spot.
func stands(read, text string) bool {
	var all []string
	for word := range strings.FieldsSeq(text) {
		if w := bare(word); w != "" {
			all = append(all, w)
		}
	}
	letters := bare(read)
	for len(all) > 0 {
		_, after, found := strings.Cut(letters, all[0])
		if !found {
			return false
		}
		if inOrder(after, all[1:]) {
			return true
		}
		letters = after
	}
	return true
}

// inOrder reports whether words follow each other closely in letters.
func inOrder(letters string, all []string) bool {
	for _, word := range all {
		at := strings.Index(letters, word)
		if at < 0 || at > stray {
			return false
		}
		letters = letters[at+len(word):]
	}
	return true
}

// bare is a text without all that is no letter or digit.
func bare(text string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, text)
}

// Colour is the colour of a verdict, which fills the window.
type Colour color.RGBA

// The colours, as LOOK writes them.
var (
	Verified   = Colour{0x0b, 0x5d, 0x3b, 0xff}
	Stopped    = Colour{0x9a, 0x1b, 0x1e, 0xff}
	Unverified = Colour{0xff, 0xc5, 0x3d, 0xff}
)

// fills is the share of the window from which a colour fills it: white cards
// lie on it.
const fills = 0.25

// Is waits until a colour fills the window.
func (p Person) Is(ctx context.Context, c Colour) error { return p.has(ctx, c, fills) }

// warns is the share of the window that a warning's strip has, at least.
const warns = 0.005

// IsWarned waits until a warning stands on a screen that is no verdict.
func (p Person) IsWarned(ctx context.Context) error { return p.has(ctx, Unverified, warns) }

func (p Person) has(ctx context.Context, c Colour, share float64) error {
	err := p.looks(ctx, func(picture *image.RGBA) (bool, error) {
		return windows.Share(picture, color.RGBA(c)) > share, nil
	})
	if err != nil {
		return fmt.Errorf("the window has not enough of the colour %x: %w", c, err)
	}
	return nil
}

// digits reads the large digits on the screen once they are there.
func (p Person) digits(ctx context.Context, n int) (read string, err error) {
	var last error
	err = p.looks(ctx, func(picture *image.RGBA) (bool, error) {
		read, last = windows.Digits(ctx, picture, n)
		if errors.Is(last, windows.ErrNoDigits) {
			return false, nil
		}
		return last == nil, last
	})
	if err != nil {
		return "", errors.Join(err, last)
	}
	return read, nil
}

// Insists presses a key until a screen comes, and not once more. Some screens
// keep the person for a moment: who presses Enter without reading shall not
// miss them.
func (p Person) Insists(ctx context.Context, key, screen string) error {
	again := time.NewTicker(pressAgain)
	defer again.Stop()
	for p.Now() != Screen(screen) {
		if err := p.Press(ctx, key); err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return p.Sees(ctx, screen)
}

// looks looks at the window again and again, until it has seen enough or the
// time is over.
func (p Person) looks(ctx context.Context, enough func(*image.RGBA) (bool, error)) error {
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		picture, err := p.Still(ctx)
		if err != nil {
			return err
		}
		if seen, err := enough(picture); seen || err != nil {
			return err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
