//go:build package

// This file owns the reading of a Windows program's resources, written after
// Microsoft's description of them (PE Format, "The .rsrc Section", and the
// references of GRPICONDIR and VS_VERSIONINFO), independently of the tool that
// wrote them.

package packaging

import (
	"debug/pe"
	"encoding/binary"
	"fmt"
	"strconv"
	"testing"
	"unicode/utf16"
)

// The types of resources.
const (
	typeIcon      = "3"
	typeGroupIcon = "14"
	typeVersion   = "16"
	typeManifest  = "24"
)

// tree holds the resources of a program by type and name; of several languages
// the last. A number stands for itself, as text.
type tree map[[2]string]resource

// resource is the content of one resource.
type resource []byte

// at finds one resource.
func (r tree) at(t *testing.T, kind, name string) resource {
	t.Helper()
	found, ok := r[[2]string{kind, name}]
	if !ok {
		t.Fatalf("no resource of type %s with the name %s", kind, name)
	}
	return found
}

// resourcesOf reads the three levels of folders: type, name, language.
func resourcesOf(t *testing.T, file *pe.File) tree {
	t.Helper()
	section := file.Section(".rsrc")
	if section == nil {
		t.Fatal("the program has no resources")
	}
	data, err := section.Data()
	if err != nil {
		t.Fatal(err)
	}
	found := tree{}
	for kind, names := range folder(data, 0) {
		for name, languages := range folder(data, names&^isFolder) {
			for _, entry := range folder(data, languages&^isFolder) {
				start := binary.LittleEndian.Uint32(data[entry:]) - section.VirtualAddress
				size := binary.LittleEndian.Uint32(data[entry+4:])
				found[[2]string{kind, name}] = data[start : start+size]
			}
		}
	}
	return found
}

// isFolder marks the place of a folder, and a name that is text.
const isFolder = 1 << 31

// folder lists the entries of a folder: their names and their places.
func folder(data []byte, at uint32) map[string]uint32 {
	entries := map[string]uint32{}
	count := int(binary.LittleEndian.Uint16(data[at+12:])) + int(binary.LittleEndian.Uint16(data[at+14:]))
	for i := range count {
		entry := data[int(at)+16+8*i:]
		entries[entryName(data, binary.LittleEndian.Uint32(entry))] = binary.LittleEndian.Uint32(entry[4:])
	}
	return entries
}

func entryName(data []byte, name uint32) string {
	if name&isFolder == 0 {
		return strconv.Itoa(int(name))
	}
	at := name &^ isFolder
	length := uint32(binary.LittleEndian.Uint16(data[at:]))
	return text(data[at+2 : at+2+2*length])
}

// text decodes UTF-16, up to a zero.
func text(data []byte) string {
	var units []uint16
	for ; len(data) >= 2; data = data[2:] {
		unit := binary.LittleEndian.Uint16(data)
		if unit == 0 {
			break
		}
		units = append(units, unit)
	}
	return string(utf16.Decode(units))
}

// image is one picture of an icon.
type image struct {
	id    string
	width int
}

// images lists the pictures of an icon.
func (r resource) images(t *testing.T) []image {
	t.Helper()
	if len(r) < 6 {
		t.Fatal("the icon is cut short")
	}
	var found []image
	for i := range int(binary.LittleEndian.Uint16(r[4:])) {
		entry := r[6+14*i:]
		width := int(entry[0])
		if width == 0 {
			width = 256
		}
		found = append(found, image{strconv.Itoa(int(binary.LittleEndian.Uint16(entry[12:]))), width})
	}
	return found
}

// versionNumbers is the file's version as the fixed part tells it.
func (r resource) versionNumbers(t *testing.T) string {
	t.Helper()
	const fixed, signature = 40, 0xFEEF04BD // where it begins, and how
	if len(r) < fixed+16 || binary.LittleEndian.Uint32(r[fixed:]) != signature {
		t.Fatal("the version has no numbers")
	}
	high, low := binary.LittleEndian.Uint32(r[fixed+8:]), binary.LittleEndian.Uint32(r[fixed+12:])
	return fmt.Sprintf("%d.%d.%d.%d", high>>16, high&0xFFFF, low>>16, low&0xFFFF)
}

// versionStrings collects every value of the version that is text, by its name.
func (r resource) versionStrings() map[string]string {
	found := map[string]string{}
	var visit func(node resource)
	visit = func(node resource) {
		for len(node) >= 6 {
			size := int(binary.LittleEndian.Uint16(node))
			values, isText := int(binary.LittleEndian.Uint16(node[2:])), binary.LittleEndian.Uint16(node[4:]) == 1
			if size < 6 || size > len(node) {
				return
			}
			name := text(node[6:size])
			rest := aligned(6 + 2*(len(utf16.Encode([]rune(name)))+1))
			if isText && values > 0 {
				found[name] = text(node[rest:size])
			} else {
				visit(node[min(aligned(rest+values), size):size])
			}
			node = node[min(aligned(size), len(node)):]
		}
	}
	visit(r)
	return found
}

// aligned is the next multiple of four.
func aligned(n int) int { return (n + 3) &^ 3 }
