// This file owns the sweep: the story played in every size, theme and language,
// with a look at all that lies beside it, for the pictures alone. Whoever looks
// after the windows goes through them one by one.

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"countersign/app/tools/demo/windows"
)

// sizes are the screens and text sizes of the sweep.
var sizes = []struct {
	name   string
	screen windows.Screen
	text   float64
}{
	{"1280x800", windows.Laptop, 1},
	{"1280x720", windows.Screen{Width: 1280, Height: 720, Scale: 1}, 1}, // the program's first size
	{"900x500", windows.Screen{Width: 900, Height: 500, Scale: 1}, 1},
	{"2560x1600", windows.Screen{Width: 2560, Height: 1600, Scale: 2}, 1}, // a screen of many small pixels
	{"2560x1600-text200", windows.Screen{Width: 2560, Height: 1600, Scale: 1}, 2},
}

// sweep plays the story in all looks whose name contains a text, and leaves
// their pictures in a folder each. One that fails does not keep the others from
// being played.
func sweep(ctx context.Context, p page, folder, only string) error {
	var faults []error
	for _, size := range sizes {
		for _, theme := range []string{"light", "dark"} {
			for _, language := range []string{"en", "pl"} {
				name := strings.Join([]string{size.name, theme, language}, "-")
				if !strings.Contains(name, only) || ctx.Err() != nil {
					continue
				}
				c := &windowCast{screen: size.screen, looks: looks{theme, language, size.text}, tour: true}
				err := tour(ctx, c, filepath.Join(folder, name))
				if err != nil {
					err = fmt.Errorf("%s: %w", name, err)
				}
				p.item(outcome(err), fmt.Sprintf("%s: %d pictures", name, len(c.album.kept)))
				faults = append(faults, err)
			}
		}
	}
	return errors.Join(append(faults, ctx.Err())...)
}

func outcome(err error) mood {
	if err != nil {
		return bad
	}
	return good
}

// tour plays the story in one look, silently.
func tour(ctx context.Context, c *windowCast, folder string) (err error) {
	if c.album, err = openAlbum(folder); err != nil {
		return err
	}
	return perform(ctx, page{out: io.Discard, width: pageWidth}, c, func(ctx context.Context, s *stage) error {
		if err := c.bank.LooksAround(ctx); err != nil {
			return err
		}
		if err := c.person.LooksAround(ctx); err != nil {
			return err
		}
		if err := s.play(ctx); err != nil {
			return err
		}
		_, err := c.keep(ctx, folder)
		return err
	})
}
