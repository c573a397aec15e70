// This file owns the rule that everything linked into a program may be given on
// under the Apache licence: each module has a licence we know and none of the
// GNU family.

package layout

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
)

var (
	// licenceFile finds the files in which modules state their licence.
	licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|unlicense)`)

	// permissive finds the sentence that each licence we accept cannot do
	// without: Apache-2.0, MIT, BSD, ISC, and MPL-2.0 and CC0, which bind only
	// their own files.
	permissive = regexp.MustCompile(`Apache License\s+Version 2\.0` +
		`|Permission is hereby granted, free of charge` +
		`|Redistribution and use in source and binary forms` +
		`|Permission to use, copy, modify, and(/or)? distribute this software` +
		`|Mozilla Public License,? [Vv]ersion 2\.0` +
		`|CC0 1\.0 Universal`)

	// copyleft finds the title of a GNU licence. It stands on a line of its own
	// or opens the text; the MPL only names these licences within sentences.
	copyleft = regexp.MustCompile(`(?m)^\s*GNU (AFFERO |LESSER |LIBRARY )?GENERAL PUBLIC LICENSE`)
)

func TestLinkedModulesHaveFittingLicences(t *testing.T) {
	checked := map[string]bool{}
	for _, p := range packages(t, withCgo, "./app/...") {
		if p.Module == nil || p.Module.Main || checked[p.Module.Path] {
			continue
		}
		checked[p.Module.Path] = true
		if complaint := licenceComplaint(p.Module.Dir); complaint != "" {
			t.Errorf("module %s %s", p.Module.Path, complaint)
		}
	}
}

func TestRuleOfLicencesFindsABreach(t *testing.T) {
	const mit, gpl = "Permission is hereby granted, free of charge, to any person", "    GNU AFFERO GENERAL PUBLIC LICENSE\n Version 3"
	for _, example := range []struct {
		files map[string]string
		fine  bool
	}{
		{map[string]string{"LICENSE": mit}, true},
		{map[string]string{"license.md": mit}, true},
		{map[string]string{}, false},
		{map[string]string{"README": mit}, false},
		{map[string]string{"LICENSE": "All rights reserved."}, false},
		{map[string]string{"LICENSE": gpl}, false},
		{map[string]string{"LICENSE": mit, "COPYING": gpl}, false},
		{map[string]string{"LICENSE": mit + "\n" + gpl}, false},
	} {
		dir := t.TempDir()
		for name, text := range example.files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if complaint := licenceComplaint(dir); (complaint == "") != example.fine {
			t.Errorf("%v: %q", example.files, complaint)
		}
	}
}

// licenceComplaint judges the licence files in a module's root, or says nothing.
func licenceComplaint(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Sprintf("cannot be read: %v", err)
	}
	entries = slices.DeleteFunc(entries, func(entry os.DirEntry) bool {
		return entry.IsDir() || !licenceFile.MatchString(entry.Name())
	})
	known := false
	for _, entry := range entries {
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		switch {
		case err != nil:
			return fmt.Sprintf("cannot be read: %v", err)
		case copyleft.Match(text):
			return "has a licence of the GNU family in " + entry.Name()
		case permissive.Match(text):
			known = true
		}
	}
	if !known {
		return "has no licence file that we know"
	}
	return ""
}
