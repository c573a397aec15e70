// This file owns the commands inspect and version.

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"countersign/assets"
	"countersign/session/bank/inspect"
	"countersign/session/protocol/wire"
)

type inspectObject struct {
	Object string    `arg:"" help:"A text (QR, ticket, spoken code, hexadecimal, base64), a file or picture, or - for standard input."`
	Bundle string    `placeholder:"FILE" help:"Check signatures by the keys of this signed bundle."`
	At     time.Time `placeholder:"RFC3339" help:"Judge validity at this time instead of now."`
}

// Run prints what is known of the object. A fault in it is status 1.
func (i *inspectObject) Run(c console) error {
	inspector := inspect.Inspector{Now: i.At}
	if i.At.IsZero() {
		inspector.Now = time.Now()
	}
	if i.Bundle != "" {
		data, err := readLimited(i.Bundle)
		if err != nil {
			return err
		}
		if inspector.Bundle, err = inspect.LoadBundle(data); err != nil {
			return fmt.Errorf("--bundle %s is not a signed bundle: %w", i.Bundle, err)
		}
	}
	finding, err := i.find(inspector, c.in)
	if err != nil {
		return err
	}
	out := json.NewEncoder(c.out)
	out.SetIndent("", "  ")
	out.SetEscapeHTML(false)
	if err := out.Encode(finding); err != nil {
		return err
	}
	if len(finding.Faults) > 0 {
		return errSilent
	}
	return nil
}

// find takes the argument as a file if there is one of this name, else as text.
func (i *inspectObject) find(inspector inspect.Inspector, in io.Reader) (inspect.Finding, error) {
	if i.Object == "-" {
		return inspector.File(in), nil
	}
	f, err := os.Open(i.Object)
	if errors.Is(err, fs.ErrPermission) {
		return inspect.Finding{}, err
	}
	if err != nil { // most texts are no file's name, some cannot even be one
		return inspector.Text(i.Object), nil
	}
	defer func() { _ = f.Close() }()
	return inspector.File(f), nil
}

func readLimited(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return io.ReadAll(io.LimitReader(f, wire.MaxBundle+1)) // one more, so that too much is seen as such
}

type printVersion struct{}

// Run prints the version.
func (printVersion) Run(c console) error {
	_, err := fmt.Fprintln(c.out, "countersignd "+assets.Version)
	return err
}
