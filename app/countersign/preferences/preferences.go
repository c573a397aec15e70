// This file owns the file in which a home remembers a person's preferences.

// Package preferences owns what a home remembers of how a person likes the window:
// a few words and numbers, in a file beside the rest of the home.
//
// It must not know what they mean, and nothing sensitive may be given to it:
// the file is readable for every program of the person. Fyne's own preferences
// would do the same, but they empty their file before they write it, so that a
// program that ends in that moment forgets everything.
//
// Rules: the file is replaced as a whole or not at all. Writing happens beside
// the caller, which never waits for a disk but in Close. A file that cannot be
// understood is no file.
package preferences

import (
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"sync"

	"countersign/session/computer/disk"
)

const (
	fileName = "window.json"
	// maxFile is the size of the largest file that is read, in bytes.
	maxFile = 64 << 10
)

// File holds what a home remembers. All methods may be used from any goroutine.
type File struct {
	dir string

	mu     sync.Mutex
	values map[string]any // strings and float64s
	closed bool

	changed chan struct{} // holds one token while something is not written
	done    chan struct{} // closed when the writer has ended
	failed  error         // of the last writing; read after done
}

// Open reads what the home in dir remembers.
func Open(dir string) *File {
	p := &File{dir: dir, values: read(filepath.Join(dir, fileName)), changed: make(chan struct{}, 1), done: make(chan struct{})}
	go p.write()
	return p
}

// read returns the values of a file, none if it is not one of ours.
func read(path string) map[string]any {
	values := map[string]any{}
	f, err := os.Open(path)
	if err != nil {
		return values
	}
	defer func() { _ = f.Close() }()
	var kept map[string]any
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil || len(text) > maxFile || json.Unmarshal(text, &kept) != nil {
		return values
	}
	for key, value := range kept {
		switch value.(type) {
		case string, float64:
			values[key] = value
		}
	}
	return values
}

// String returns a word, "" if there is none.
func (p *File) String(key string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, _ := p.values[key].(string)
	return s
}

// Float returns a number, 0 if there is none.
func (p *File) Float(key string) float64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, _ := p.values[key].(float64)
	return f
}

// SetString remembers a word.
func (p *File) SetString(key, value string) { p.set(key, value) }

// SetFloat remembers a number.
func (p *File) SetFloat(key string, value float64) { p.set(key, value) }

func (p *File) set(key string, value any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || p.values[key] == value {
		return
	}
	p.values[key] = value
	select {
	case p.changed <- struct{}{}:
	default: // a writing is due already and will take this along
	}
}

// Close writes what is not written yet.
func (p *File) Close() error {
	p.mu.Lock()
	if !p.closed {
		p.closed = true
		close(p.changed)
	}
	p.mu.Unlock()
	<-p.done
	return p.failed
}

// write writes whenever something has changed, until Close.
func (p *File) write() {
	defer close(p.done)
	for range p.changed {
		p.mu.Lock()
		values := maps.Clone(p.values)
		p.mu.Unlock()
		p.failed = replace(p.dir, values)
	}
}

// replace puts a whole new file in the old one's place.
func replace(dir string, values map[string]any) error {
	text, err := json.MarshalIndent(values, "", "  ")
	if err != nil {
		return err
	}
	return disk.Replace(filepath.Join(dir, fileName), append(text, '\n'))
}
