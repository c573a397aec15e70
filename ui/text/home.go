// This file owns where a run keeps its state and how the passphrase gets in.

package text

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"countersign/session"
	"countersign/session/protocol/ending"
)

// maxPassphrase is the longest passphrase read from a file, in bytes.
const maxPassphrase = 1024

// options gathers what session needs. A new passphrase is typed twice, because
// a slip of the finger would lock everything away that the bank gave.
func (p *program) options(ctx context.Context, maybeNew bool) (session.Options, error) {
	dir := p.flags.Home
	if dir == "" {
		base, err := os.UserConfigDir()
		if err != nil {
			return session.Options{}, fmt.Errorf("no place for state, give --home: %w", err)
		}
		dir = filepath.Join(base, "countersign")
	}
	return session.Options{
		Dir:        dir,
		Keyring:    p.flags.keyring(),
		Passphrase: func() (string, error) { return p.passphrase(ctx, maybeNew) },
	}, nil
}

func (p *program) passphrase(ctx context.Context, maybeNew bool) (string, error) {
	switch {
	case p.flags.PassphraseFile != "":
		return readPassphrase(p.flags.PassphraseFile)
	case !p.asks || p.console.Secret == nil:
		return "", ending.Because(ending.KeyringLocked, "the passphrase is missing: give --passphrase-file")
	}
	for {
		typed, err := p.console.Secret(ctx, p.phrases.say("ask.passphrase")+" ")
		if err != nil || !maybeNew {
			return typed, err
		}
		again, err := p.console.Secret(ctx, p.phrases.say("ask.passphrase_again")+" ")
		if err != nil || again == typed {
			return typed, err
		}
		p.print(p.phrases.say("ask.passphrase_differs"))
	}
}

// readPassphrase returns the first line of a regular file.
func readPassphrase(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() {
		return "", ending.Because(ending.KeyringLocked, "the passphrase file cannot be read")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", ending.Because(ending.KeyringLocked, "the passphrase file cannot be read")
	}
	defer func() { _ = f.Close() }()
	first, err := bufio.NewReader(io.LimitReader(f, maxPassphrase+1)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", ending.Because(ending.KeyringLocked, "the passphrase file cannot be read")
	}
	first = strings.TrimRight(first, "\r\n")
	if first == "" || len(first) > maxPassphrase {
		return "", ending.Because(ending.KeyringLocked, "the passphrase file's first line is empty or too long")
	}
	return first, nil
}
