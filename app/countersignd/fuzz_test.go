// A fuzz target of the backup once it is opened: who may seal to the bank's
// recipient may have written anything.

package main

import (
	"archive/tar"
	"bytes"
	"testing"

	"countersign/session/bank"
	"countersign/session/bank/directory"
	"countersign/session/protocol/wire"
)

// FuzzReadBackup: what is read has only files that belong in a bank's folder, and
// as many records as it says.
func FuzzReadBackup(f *testing.F) {
	var records, good bytes.Buffer
	if err := wire.WriteFramed(&records, wire.Marshal(directory.Record{Key: "agent.1", Value: []byte{1}})); err != nil {
		f.Fatal(err)
	}
	archive := tar.NewWriter(&good)
	for _, entry := range []struct{ name, text string }{
		{headName, `{"format":1,"records":1}`}, {"bank.json", "{}"}, {"keys/issuer-2.pem", "x"}, {recordsName, records.String()},
	} {
		if err := archive.WriteHeader(&tar.Header{Name: entry.name, Mode: 0o600, Size: int64(len(entry.text))}); err != nil {
			f.Fatal(err)
		}
		if _, err := archive.Write([]byte(entry.text)); err != nil {
			f.Fatal(err)
		}
	}
	if err := archive.Close(); err != nil {
		f.Fatal(err)
	}
	if _, _, _, err := readBackup(bytes.NewReader(good.Bytes())); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add(bytes.Replace(good.Bytes(), []byte("bank.json"), []byte("../a.json"), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		head, files, records, err := readBackup(bytes.NewReader(data))
		if err != nil {
			return
		}
		for name := range files {
			if !bank.Kept(name) {
				t.Errorf("a file called %q", name)
			}
		}
		if len(records) != head.Records {
			t.Errorf("%d records of %d", len(records), head.Records)
		}
	})
}
