// This file owns bank backup and bank restore: a tar archive, sealed by age
// (age-encryption.org/v1), of the bank's files and of all records.
//
// Rules: nothing of a backup is ever written unsealed, and nothing bears its name
// before it is whole; a restore shows what it would undo, and goes on only when
// somebody says how.

package main

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"countersign/session/bank"
	"countersign/session/bank/admin"
	"countersign/session/bank/directory"
	"countersign/session/bank/server"
	"countersign/session/computer/disk"
	"countersign/session/protocol/enrol"
	"countersign/session/protocol/wire"
)

const (
	// backupPatience bounds a backup or restore.
	backupPatience = 30 * time.Minute
	// headName and recordsName are the first and last entry of a backup.
	headName, recordsName = "backup.json", "records"
	backupFormat          = 1
	// maxHead and maxRecords bound two entries of a backup, in bytes.
	maxHead, maxRecords = 4 << 10, 4 << 30
)

// backupHead says what a backup is.
type backupHead struct {
	Format  int    `json:"format"`
	Bank    string `json:"bank"`
	Made    int64  `json:"made"` // Unix seconds
	Records int    `json:"records"`
}

type bankBackup struct {
	folder
	Out        string   `required:"" placeholder:"FILE" help:"A new file for the backup."`
	Recipient  []string `xor:"seal" required:"" placeholder:"age1..." help:"Seal to this age key; repeat for more."`
	Passphrase string   `name:"passphrase-file" xor:"seal" required:"" placeholder:"FILE" help:"Seal by the passphrase in the first line of this file."`
}

// Run writes the backup.
func (b *bankBackup) Run(c console) error {
	to, err := b.recipients()
	if err != nil {
		return misused{err}
	}
	files, err := bank.Files(b.Dir)
	if err != nil {
		return err
	}
	made, err := bank.Load(b.Dir)
	if err != nil {
		return err
	}
	head := backupHead{Format: backupFormat, Bank: made.Bundle.Name, Made: c.now().Unix()}
	var records bytes.Buffer
	ctx, cancel := context.WithTimeout(context.Background(), backupPatience)
	defer cancel()
	answer, err := admin.Run(ctx, b.Dir, admin.Request{Op: admin.Snapshot, By: actingFor()}, server.OpenDirectory, func(row *admin.Row) error {
		if row.Record == nil {
			return nil
		}
		head.Records++
		return wire.WriteFramed(&records, wire.Marshal(*row.Record))
	})
	if err == nil && answer.Fault != "" {
		err = errors.New(answer.Fault)
	}
	if err != nil {
		return err
	}
	err = disk.Create(b.Out, func(out io.Writer) error { return seal(out, to, head, files, records.Bytes()) })
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("the backup needs a new file: %w", err)
	}
	if err != nil {
		return err
	}
	if _, root := files[bank.RootKeyFile]; root {
		fmt.Fprintln(c.err, "note: the backup holds the bank's root key: whoever opens it can speak for the bank.")
	}
	_, err = fmt.Fprintf(c.out, "backup: %s\nrecords: %d\n", b.Out, head.Records)
	return err
}

func (b *bankBackup) recipients() ([]age.Recipient, error) {
	if b.Passphrase != "" {
		text, err := firstLine(b.Passphrase)
		if err != nil {
			return nil, err
		}
		r, err := age.NewScryptRecipient(text)
		return []age.Recipient{r}, err
	}
	return age.ParseRecipients(strings.NewReader(strings.Join(b.Recipient, "\n")))
}

// firstLine is the passphrase in a file.
func firstLine(path string) (string, error) {
	data, err := os.ReadFile(path)
	line, _, _ := strings.Cut(string(data), "\n")
	if line = strings.TrimSuffix(line, "\r"); err == nil && line == "" {
		err = fmt.Errorf("%s has no passphrase in its first line", path)
	}
	return line, err
}

func seal(out io.Writer, to []age.Recipient, head backupHead, files map[string][]byte, records []byte) error {
	sealed, err := age.Encrypt(out, to...)
	if err != nil {
		return err
	}
	archive := tar.NewWriter(sealed)
	put := func(name string, data []byte) error {
		if err := archive.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data))}); err != nil {
			return err
		}
		_, err := archive.Write(data)
		return err
	}
	text, err := json.Marshal(head)
	if err != nil {
		return err
	}
	if err := put(headName, text); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if err := put(name, files[name]); err != nil {
			return err
		}
	}
	return errors.Join(put(recordsName, records), archive.Close(), sealed.Close())
}

type bankRestore struct {
	folder
	From       string `required:"" placeholder:"FILE" help:"The backup."`
	Identity   string `xor:"open" required:"" placeholder:"FILE" help:"A file with the age identity that opens it."`
	Passphrase string `name:"passphrase-file" xor:"open" required:"" placeholder:"FILE" help:"The passphrase is the first line of this file."`
	Lost       string `required:"" placeholder:"DIR|none" help:"The folder that the restored one stands in for, as far as it can be read, or none: what was revoked and held since the backup is in it."`
	Ended      string `enum:"ask,keep,undo" default:"ask" help:"What the backup would undo: ask, keep it ended, or undo it."`
}

// Run makes the folder.
func (r *bankRestore) Run(c console) error {
	head, files, records, err := r.open()
	if err != nil {
		return err
	}
	ended, sure, err := r.endedSince(c, head)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), backupPatience)
	defer cancel()
	err = bank.Unpack(r.Dir, files, func(dir string) (err error) {
		d, closeStore, err := server.OpenDirectory(ctx, dir)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, closeStore()) }()
		if err := d.Restore(ctx, records); err != nil {
			return err
		}
		if !d.Owns(ended) {
			return fmt.Errorf("%s is the folder of another bank", r.Lost)
		}
		return r.settle(directory.As(ctx, "restore"), c, d, ended.Lines)
	})
	if err != nil {
		return err
	}
	made, err := bank.Load(r.Dir)
	if err != nil {
		return err
	}
	fmt.Fprintln(c.err, "note: who has enrolled since the backup was made needs a new ticket. Numbers on file are those of the backup.")
	_, err = fmt.Fprintf(c.out, "bank: %s\nmade: %s\nrecords: %d\nwords: %s\n", made.Bundle.Name,
		time.Unix(head.Made, 0).UTC().Format(time.RFC3339), head.Records, strings.Join(enrol.Words(made.Bundle.RootsHash()), " "))
	if err == nil && !sure {
		err = errWarned
	}
	return err
}

// endedSince reads what the lost folder tells. sure is false where that may not be
// all; it has been said then.
func (r *bankRestore) endedSince(c console, head backupHead) (list directory.EndedList, sure bool, err error) {
	made := time.Unix(head.Made, 0).UTC().Format(time.RFC3339)
	if r.Lost == "none" {
		fmt.Fprintf(c.err, "warning: what was revoked and held after %s is not in this backup, and nothing tells of it: revoke it again. Tickets that were open then are open again, whoever has used them since.\n", made)
		return list, true, nil
	}
	list, err = directory.ReadEnded(r.Lost)
	if errors.Is(err, fs.ErrNotExist) {
		return list, false, fmt.Errorf("%s has no %s, which tells what was revoked and held there since the backup: give the bank's own folder, or --lost none if nothing of it is left", r.Lost, directory.EndedFile)
	}
	sure = true
	if list.Unreadable > 0 || list.Bank == "" {
		fmt.Fprintf(c.err, "warning: %d lines of %s in %s cannot be read: look through agents, devices and holds.\n", max(list.Unreadable, 1), directory.EndedFile, r.Lost)
		sure = false
	}
	if list.Since > head.Made {
		fmt.Fprintf(c.err, "warning: what was revoked and held from %s to %s is not in this backup, and %s begins only then: revoke it again.\n",
			made, time.Unix(list.Since, 0).UTC().Format(time.RFC3339), directory.EndedFile)
		sure = false
	}
	return list, sure, err
}

// settle shows what the backup would undo, and does with it what was chosen.
func (r *bankRestore) settle(ctx context.Context, c console, d *directory.Directory, all []directory.Ended) error {
	var undone []directory.Ended
	for _, e := range all {
		what, err := d.Undone(ctx, e)
		if err != nil {
			return err
		}
		if what != "" {
			fmt.Fprintln(c.err, "undone by this backup: "+what)
			undone = append(undone, e)
		}
	}
	chosen := r.Ended
	if len(undone) > 0 && chosen == "ask" {
		fmt.Fprintln(c.err, "Type keep to end these again, undo to let them count, anything else to stop.")
		line, _ := bufio.NewReader(io.LimitReader(c.in, 16)).ReadString('\n')
		chosen = strings.TrimSpace(line)
	}
	switch {
	case len(undone) == 0, chosen == "undo":
		return nil
	case chosen != "keep":
		return errors.New("nothing was restored: say with --ended keep or --ended undo what becomes of these")
	}
	for _, e := range undone {
		if what, err := d.Undone(ctx, e); err != nil || what == "" {
			if err != nil {
				return err
			}
			continue // an earlier one did it
		}
		if err := d.Redo(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// open reads the whole backup. Nothing is made of one that is cut short.
func (r *bankRestore) open() (head backupHead, files map[string][]byte, records []directory.Record, err error) {
	by, err := r.identities()
	if err != nil {
		return head, nil, nil, misused{err}
	}
	f, err := os.Open(r.From)
	if err != nil {
		return head, nil, nil, err
	}
	defer func() { _ = f.Close() }()
	opened, err := age.Decrypt(f, by...)
	if err != nil {
		return head, nil, nil, fmt.Errorf("%s does not open: %w", r.From, err)
	}
	head, files, records, err = readBackup(opened)
	if err != nil {
		err = fmt.Errorf("%s is no backup, or damaged: %w", r.From, err)
	}
	return head, files, records, err
}

func (r *bankRestore) identities() ([]age.Identity, error) {
	if r.Passphrase != "" {
		text, err := firstLine(r.Passphrase)
		if err != nil {
			return nil, err
		}
		i, err := age.NewScryptIdentity(text)
		return []age.Identity{i}, err
	}
	f, err := os.Open(r.Identity)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return age.ParseIdentities(f)
}

func readBackup(in io.Reader) (head backupHead, files map[string][]byte, records []directory.Record, err error) {
	archive := tar.NewReader(in)
	files = map[string][]byte{}
	whole := false
	for {
		entry, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return head, nil, nil, err
		}
		limit := int64(bank.MaxBackupFile)
		switch {
		case entry.Name == headName:
			limit = maxHead
		case entry.Name == recordsName:
			limit = maxRecords
		case entry.Name == directory.EndedFile:
			limit = maxRecords
		case !bank.Kept(entry.Name):
			return head, nil, nil, errors.New("a file in it does not belong there")
		}
		if entry.Typeflag != tar.TypeReg || entry.Size > limit {
			return head, nil, nil, errors.New("a file in it is too large, or none")
		}
		if entry.Name == recordsName {
			whole = true
			if records, err = readRecords(archive); err != nil {
				return head, nil, nil, err
			}
			continue
		}
		data, err := io.ReadAll(archive)
		if err != nil {
			return head, nil, nil, err
		}
		if entry.Name != headName {
			files[entry.Name] = data
		} else if err := json.Unmarshal(data, &head); err != nil {
			return head, nil, nil, err
		}
	}
	if head.Format != backupFormat || !whole || len(records) != head.Records {
		return head, nil, nil, errors.New("it is cut short, or of another version of countersignd")
	}
	return head, files, records, nil
}

func readRecords(in io.Reader) (records []directory.Record, err error) {
	for {
		data, err := wire.ReadFramed(in, wire.MaxBundle)
		if errors.Is(err, io.EOF) {
			return records, nil
		}
		if err != nil {
			return nil, err
		}
		var r directory.Record
		if err := wire.Unmarshal(data, wire.MaxBundle, &r); err != nil {
			return nil, err
		}
		records = append(records, r)
	}
}
