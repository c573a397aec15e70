//go:build package

// This file tests that a release is signed over all that it holds, and refused
// where it could not be told what it was made from.

package packaging

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"countersign/assets"
)

// release is a clone with packages, in which .ci/release runs.
type release struct {
	*testing.T
	dir, key string
}

// newRelease makes one with small archives: this test stands for each program.
func newRelease(t *testing.T) release {
	r := release{t, t.TempDir(), filepath.Join(t.TempDir(), "release.key")}
	r.copy(".ci/release")
	r.copy("assets/VERSION")
	r.write("CHANGELOG.md", []byte("## "+assets.Version+" (2026-01-01)\n"))
	r.write(".gitignore", []byte("dist\n"))
	r.write("dist/countersign_"+assets.Version+"_amd64.deb", []byte("a package"))
	r.archives()
	r.run("git", "init", "-q")
	r.run("git", "add", "-A")
	r.run("git", "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "-m", "A commit")
	r.run("go", "run", "aead.dev/minisign/cmd/minisign@v0.3.0", "-G", "-W", "-s", r.key, "-p", r.public())
	return r
}

func (r release) public() string { return strings.TrimSuffix(r.key, ".key") + ".pub" }

func (r release) copy(name string) {
	data, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		r.Fatal(err)
	}
	r.write(name, data)
}

func (r release) write(name string, data []byte) {
	r.Helper()
	path := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		r.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o755); err != nil {
		r.Fatal(err)
	}
}

func (r release) archives() {
	self, err := os.Executable()
	if err != nil {
		r.Fatal(err)
	}
	program, err := os.ReadFile(self)
	if err != nil {
		r.Fatal(err)
	}
	linux, windows := "countersign-"+assets.Version+"-linux-amd64", "countersign-"+assets.Version+"-windows-amd64"
	var packed, zipped bytes.Buffer
	tape, box := tar.NewWriter(&packed), zip.NewWriter(&zipped)
	for _, p := range programs {
		if err := tape.WriteHeader(&tar.Header{Name: linux + "/bin/" + p.name, Mode: 0o755, Size: int64(len(program))}); err != nil {
			r.Fatal(err)
		}
		if _, err := tape.Write(program); err != nil {
			r.Fatal(err)
		}
		w, err := box.Create(windows + "/" + p.name + ".exe")
		if err != nil {
			r.Fatal(err)
		}
		if _, err := w.Write(program); err != nil {
			r.Fatal(err)
		}
	}
	if err := tape.Close(); err != nil {
		r.Fatal(err)
	}
	if err := box.Close(); err != nil {
		r.Fatal(err)
	}
	r.write("dist/"+windows+".zip", zipped.Bytes())
	xz := exec.Command("xz", "-0")
	xz.Stdin = &packed
	pressed, err := xz.Output()
	if err != nil {
		r.Fatal(err)
	}
	r.write("dist/"+linux+".tar.xz", pressed)
}

// try runs a command in the clone and returns all that it says.
func (r release) try(name string, args ...string) (string, error) {
	c := exec.Command(name, args...)
	c.Dir, c.Env = r.dir, append(os.Environ(), "MINISIGN_KEY="+r.key)
	said, err := c.CombinedOutput()
	return string(said), err
}

func (r release) run(name string, args ...string) {
	r.Helper()
	if said, err := r.try(name, args...); err != nil {
		r.Fatalf("%s: %v\n%s", name, err, said)
	}
}

// verify checks a release as people do.
func (r release) verify() error {
	if _, err := r.try("go", "run", "aead.dev/minisign/cmd/minisign@v0.3.0", "-V", "-p", r.public(), "-m", "dist/SHA256SUMS"); err != nil {
		return err
	}
	_, err := r.try("bash", "-c", "cd dist && sha256sum --check SHA256SUMS")
	return err
}

func TestAReleaseIsSignedAndTheSameEachTime(t *testing.T) {
	r := newRelease(t)
	r.run(".ci/release")
	if err := r.verify(); err != nil {
		t.Fatalf("the release is not what it says: %v", err)
	}
	files, err := os.ReadDir(filepath.Join(r.dir, "dist"))
	if err != nil {
		t.Fatal(err)
	}
	first := map[string][]byte{}
	for _, f := range files {
		if first[f.Name()], err = os.ReadFile(filepath.Join(r.dir, "dist", f.Name())); err != nil {
			t.Fatal(err)
		}
	}
	if len(first) != 3+2*len(programs)+2 {
		t.Errorf("the release has %d files", len(first))
	}
	r.run(".ci/release")
	for name, want := range first {
		got, err := os.ReadFile(filepath.Join(r.dir, "dist", name))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is another one the second time (%v)", name, err)
		}
		var sbom struct {
			BOMFormat  string `json:"bomFormat"`
			Components []struct{ Name string }
		}
		if strings.HasSuffix(name, ".cdx.json") {
			if err := json.Unmarshal(got, &sbom); err != nil || sbom.BOMFormat != "CycloneDX" || len(sbom.Components) == 0 {
				t.Errorf("%s: %v, %+v", name, err, sbom)
			}
		}
		if name == "SHA256SUMS.minisig" {
			continue
		}
		r.write("dist/"+name, append(bytes.Clone(want), '\n'))
		if r.verify() == nil {
			t.Errorf("a byte more in %s is not noticed", name)
		}
		r.write("dist/"+name, want)
	}
}

func TestAReleaseIsRefused(t *testing.T) {
	r := newRelease(t)
	for _, c := range []struct {
		name, says string
		spoil      func()
	}{
		{"no section of this version", "CHANGELOG.md has no section", func() {
			r.write("CHANGELOG.md", []byte("## Unreleased\n"))
			r.run("git", "-c", "user.name=A", "-c", "user.email=a@example.com", "commit", "-q", "-a", "-m", "Another")
		}},
		{"changes without a commit", "no commit has", func() { r.write("assets/new", nil) }},
		{"no public key", "is missing", func() { _ = os.Remove(r.public()) }},
		{"no such key", "cannot be read", func() { _ = os.Remove(r.key) }},
		{"no key named", "name the key", func() { r.key = "" }},
	} {
		c.spoil()
		if said, err := r.try(".ci/release"); err == nil || !strings.Contains(said, c.says) {
			t.Errorf("%s: %v, %s", c.name, err, said)
		}
		if _, err := os.Stat(filepath.Join(r.dir, "dist", "SHA256SUMS")); err == nil {
			t.Errorf("%s: hashes are written all the same", c.name)
		}
	}
}
