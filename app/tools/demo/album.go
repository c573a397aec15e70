// This file owns the pictures that are kept: each screen once, named in the
// order in which they were seen.

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"countersign/app/tools/demo/windows"
)

// album is a folder of pictures.
type album struct {
	folder string
	kept   map[string]bool
}

// openAlbum empties a folder of the pictures of an earlier time.
func openAlbum(folder string) (*album, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, err
	}
	old, err := filepath.Glob(filepath.Join(folder, "[0-9][0-9]-*.png"))
	if err != nil {
		return nil, err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return nil, err
		}
	}
	return &album{folder: folder, kept: map[string]bool{}}, nil
}

// keep keeps what a window shows, unless there is a picture of that name.
func (a *album) keep(ctx context.Context, w *windows.Window, name string) error {
	if a.kept[name] {
		return nil
	}
	picture, err := w.Still(ctx)
	if err != nil {
		return err
	}
	file, err := windows.PNG(picture)
	if err != nil {
		return err
	}
	a.kept[name] = true
	return os.WriteFile(filepath.Join(a.folder, fmt.Sprintf("%02d-%s.png", len(a.kept), name)), file, 0o644)
}

// names are what screens are called where their headline's key says too little.
var names = map[string]string{
	"agent.live.title": "code", "agent.enrol.title": "ticket", "agent.history.title": "past-calls",
	"ask.prompted": "question", "customer.talk": "connected", "ending.completed": "receipt",
	"ending.agent.wrong_direction": "red", "verdict.hang_up": "red", "verdict.unverified": "amber",
}

// pictureName names a picture by who sees it and the key of its headline.
func pictureName(role, headline string) string {
	name, named := names[headline]
	if !named {
		name = strings.TrimSuffix(strings.TrimPrefix(headline, role+"."), ".title")
	}
	return role + "-" + strings.NewReplacer(".", "-", "_", "-").Replace(name)
}
