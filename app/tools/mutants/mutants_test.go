// These tests try mutants of a module of their own, one for each fate, and hold
// the committed patches to their form. Whether those are killed is make
// mutants's to show: it takes minutes.

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// enough is how many mutants there must be.
const enough = 30

// enoughPlayed is how many kills there must be by an attack that is played: the
// whole cast of programs notices, not only the part that was changed. Raise it
// as the attacks grow.
const enoughPlayed = 110

// module is a module with one defence, a test that looks at it, and one that
// does not.
var module = map[string]string{
	"go.mod":    "module m\n",
	"door/d.go": "package door\n\nimport \"strings\"\n\n// Open says who may come in.\nfunc Open(who string) bool {\n\treturn strings.HasPrefix(who, \"friend\")\n}\n",
	"door/d_test.go": "package door\n\nimport \"testing\"\n\n" +
		"func TestStranger(t *testing.T) {\n\tif Open(\"stranger\") {\n\t\tt.Error(\"came in\")\n\t}\n}\n\n" +
		"func TestParts(t *testing.T) {\n\tfor _, who := range []string{\"a thief\", \"a friend\"} {\n\t\tt.Run(who, func(t *testing.T) {\n\t\t\tif Open(who) {\n\t\t\t\tt.Error(\"came in\")\n\t\t\t}\n\t\t})\n\t}\n}\n\n" +
		"func TestFriend(t *testing.T) {\n\tif !Open(\"friend\") {\n\t\tt.Error(\"stayed out\")\n\t}\n}\n",
}

// patch changes the one line of the module that decides.
func patch(head, line string) string {
	return head + "\n\n--- a/door/d.go\n+++ b/door/d.go\n@@ -6,3 +6,3 @@\n func Open(who string) bool {\n-\treturn strings.HasPrefix(who, \"friend\")\n+\t" + line + "\n }\n"
}

func write(t *testing.T, folder string, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func laboratory(t *testing.T, root string) *lab {
	t.Helper()
	l, err := newLab(root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(l.close)
	return l
}

func TestEveryFateOfAMutant(t *testing.T) {
	root := t.TempDir()
	write(t, root, module)
	l := laboratory(t, root)
	const noticed, unnoticed = "Takes away: the lock\nKilled by: ./door TestStranger", "Takes away: the lock\nKilled by: ./door TestStranger TestFriend"
	const open = `return strings.HasPrefix(who, "")`
	for name, row := range map[string]struct {
		text string
		want outcome
		why  string
	}{
		"001-killed":          {patch(noticed, open), killedByTests, "TestStranger"},
		"002-survivor":        {patch(noticed, `return strings.HasPrefix(who, "fri")`), survived, "TestStranger stays green without: the lock"},
		"003-one-of-two":      {patch(unnoticed, open), survived, "TestFriend stays green"},
		"004-does-not-build":  {patch(noticed, "return true"), broken, "does not compile"},
		"005-does-not-apply":  {strings.Replace(patch(noticed, open), `"friend"`, `"relative"`, 1), broken, "does not apply"},
		"006-panic":           {patch(noticed, `panic(strings.ToUpper(who))`), broken, "panicked"},
		"007-no-such-test":    {patch("Takes away: the lock\nKilled by: ./door TestNobody", open), broken, "no test ran"},
		"009-a-part":          {patch("Takes away: the lock\nKilled by: ./door TestParts/a_thief", open), killedByTests, "TestParts/a_thief"},
		"010-another-part":    {patch("Takes away: the lock\nKilled by: ./door TestParts/a_friend", `return strings.HasPrefix(who, "a thief")`), survived, "TestParts/a_friend stays green"},
		"008-moved-elsewhere": {strings.Replace(patch(noticed, open), "-6,3 +6,3", "-60,3 +60,3", 1), killedByTests, "TestStranger"},
	} {
		write(t, root, map[string]string{"patches/" + name + ".patch": row.text})
		m, err := readMutant(filepath.Join(root, "patches", name+".patch"))
		if err != nil {
			t.Fatal(err)
		}
		if f := l.try(t.Context(), m); f.outcome != row.want || !strings.Contains(f.why, row.why) {
			t.Errorf("%s: %s, %s\n%s", name, f.outcome, f.why, f.details)
		}
	}
	if text, err := os.ReadFile(filepath.Join(root, "door/d.go")); err != nil || string(text) != module["door/d.go"] {
		t.Errorf("the tree was changed: %s %v", text, err)
	}
}

func TestRedTestsProveNothing(t *testing.T) {
	root := t.TempDir()
	write(t, root, module)
	write(t, root, map[string]string{"door/d.go": strings.Replace(module["door/d.go"], `"friend"`, `""`, 1)})
	m := mutant{name: "001-red", kills: []kill{{"./door", []string{"TestStranger"}}}}
	if err := laboratory(t, root).passWithout(t.Context(), []mutant{m}); err == nil || !strings.Contains(err.Error(), "even without") {
		t.Errorf("a test that is red already may kill: %v", err)
	}
}

func TestPatchesOfAnotherFormAreRefused(t *testing.T) {
	const head = "Takes away: the lock\nKilled by: ./door TestStranger"
	good := patch(head, "return true")
	for name, row := range map[string]struct{ file, text string }{
		"no number":        {"lock", good},
		"no head":          {"001-lock", strings.TrimPrefix(good, head+"\n\n")},
		"no sentence":      {"001-lock", strings.Replace(good, "Takes away: the lock\n", "", 1)},
		"no test":          {"001-lock", strings.Replace(good, "Killed by: ./door TestStranger", "", 1)},
		"a package only":   {"001-lock", strings.Replace(good, "./door TestStranger", "./door", 1)},
		"part and whole":   {"001-lock", strings.Replace(good, "TestStranger", "TestStranger TestParts/a_thief", 1)},
		"a pattern":        {"001-lock", strings.Replace(good, "TestStranger", "Test.*", 1)},
		"another field":    {"001-lock", "Author: somebody\n" + good},
		"a test's file":    {"001-lock", strings.ReplaceAll(good, "d.go", "d_test.go")},
		"outside":          {"001-lock", strings.ReplaceAll(good, "door/d.go", "../d.go")},
		"two files":        {"001-lock", good + "--- a/x.go\n+++ b/x.go\n@@ -1 +1 @@\n-a\n+b\n"},
		"two lines":        {"001-lock", strings.Replace(good, "+\treturn true\n", "+\treturn true\n+\t// more\n", 1)},
		"nothing changed":  {"001-lock", strings.Replace(strings.Replace(good, "+\treturn true\n", "", 1), "-\treturn", " \treturn", 1)},
		"renamed on a way": {"001-lock", strings.Replace(good, "+++ b/door/d.go", "+++ b/door/e.go", 1)},
	} {
		m := mutant{name: row.file}
		if err := m.parse(row.text); err == nil {
			t.Errorf("%s: taken for a patch", name)
		}
	}
	m := mutant{name: "001-lock"}
	if err := m.parse(good); err != nil || m.file != "door/d.go" || m.takes != "the lock" || len(m.kills) != 1 {
		t.Errorf("%+v, %v", m, err)
	}
}

// TestCommittedPatches: there are enough, each with a number of its own, and
// all of them still fit the code.
func TestCommittedPatches(t *testing.T) {
	const root = "../../.."
	all, err := readAll(filepath.Join(root, folder))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < enough {
		t.Errorf("%d mutants, where %d are wanted", len(all), enough)
	}
	l, played := laboratory(t, root), 0
	numbers := map[string]bool{}
	for _, m := range all {
		if number := m.name[:3]; numbers[number] {
			t.Errorf("%s: two patches have this number", m.name)
		} else {
			numbers[number] = true
		}
		if _, err := l.make(t.Context(), m); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		for _, k := range m.kills {
			if k.folder == "./session/lab/attacks" {
				played++
			}
		}
	}
	if played < enoughPlayed {
		t.Errorf("only %d of %d mutants are killed by an attack that is played", played, len(all))
	}
}
