//go:build package

// This file tests the programs in the archive for Windows: the icon, the
// version and the manifest of each, whether it opens a console, the protections
// it asks for, and that it needs no library which Windows does not have.

package packaging

import (
	"archive/zip"
	"bytes"
	"debug/pe"
	"encoding/xml"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"countersign/assets"
)

// root is the repository's, from this package's folder.
const root = "../../.."

// programs lists what the archive must hold, and what each calls itself: the
// task manager and the firewall show that as the program's name.
var programs = []struct {
	name, description string
	subsystem         uint16
}{
	{"countersign", "Countersign", pe.IMAGE_SUBSYSTEM_WINDOWS_GUI},
	{"countersign-kiosk", "Countersign training", pe.IMAGE_SUBSYSTEM_WINDOWS_GUI},
	{"countersign-text", "Countersign for terminals", pe.IMAGE_SUBSYSTEM_WINDOWS_CUI},
	{"countersignd", "Countersign server", pe.IMAGE_SUBSYSTEM_WINDOWS_CUI},
}

// systemLibraries are parts of every Windows 10.
var systemLibraries = []string{
	"advapi32.dll", "gdi32.dll", "kernel32.dll", "msvcrt.dll", "ole32.dll", "oleaut32.dll", "opengl32.dll", "shell32.dll",
	"user32.dll", "ws2_32.dll",
}

func TestProgramsForWindows(t *testing.T) {
	archive := archived(t)
	for _, program := range programs {
		t.Run(program.name, func(t *testing.T) {
			file := open(t, archive, program.name+".exe")
			resources := resourcesOf(t, file)
			t.Run("icon", func(t *testing.T) { checkIcon(t, resources) })
			t.Run("version", func(t *testing.T) { checkVersion(t, resources, program.name, program.description) })
			t.Run("manifest", func(t *testing.T) { checkManifest(t, resources) })
			t.Run("header", func(t *testing.T) { checkHeader(t, file, program.subsystem) })
			t.Run("libraries", func(t *testing.T) { checkLibraries(t, file) })
		})
	}
}

func TestArchiveForWindowsHasTheLicences(t *testing.T) {
	archive := archived(t)
	for _, name := range []string{"LICENSE", "README.md", "third-party-licences.txt"} {
		if len(read(t, archive, name)) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
}

// checkIcon wants the sizes of a title bar, a task bar and a desktop. GLFW gives
// its windows the icon of this name.
func checkIcon(t *testing.T, resources tree) {
	group := resources.at(t, typeGroupIcon, "GLFW_ICON")
	var sizes []int
	for _, image := range group.images(t) {
		resources.at(t, typeIcon, image.id)
		sizes = append(sizes, image.width)
	}
	for _, size := range []int{16, 32, 48, 256} {
		if !slices.Contains(sizes, size) {
			t.Errorf("no icon of %d pixels, only %v", size, sizes)
		}
	}
}

func checkVersion(t *testing.T, resources tree, name, description string) {
	version := assets.Version
	told := resources.at(t, typeVersion, "1").versionStrings()
	for key, want := range map[string]string{
		"ProductName":      "Countersign",
		"ProductVersion":   version,
		"FileVersion":      version,
		"FileDescription":  description,
		"InternalName":     name,
		"OriginalFilename": name + ".exe",
	} {
		if told[key] != want {
			t.Errorf("%s is %q, want %q", key, told[key], want)
		}
	}
	if numbers := resources.at(t, typeVersion, "1").versionNumbers(t); numbers != version+".0" {
		t.Errorf("the version in numbers is %s, want %s.0", numbers, version)
	}
}

func checkManifest(t *testing.T, resources tree) {
	var manifest struct {
		Level struct {
			Level    string `xml:"level,attr"`
			UIAccess string `xml:"uiAccess,attr"`
		} `xml:"trustInfo>security>requestedPrivileges>requestedExecutionLevel"`
		Supported struct {
			ID string `xml:"Id,attr"`
		} `xml:"compatibility>application>supportedOS"`
		Settings struct {
			Awareness string `xml:"dpiAwareness"`
			Aware     string `xml:"dpiAware"`
			CodePage  string `xml:"activeCodePage"`
			LongPaths string `xml:"longPathAware"`
		} `xml:"application>windowsSettings"`
	}
	if err := xml.Unmarshal(resources.at(t, typeManifest, "1"), &manifest); err != nil {
		t.Fatal(err)
	}
	for _, told := range []struct{ what, got, want string }{
		{"rights", manifest.Level.Level, "asInvoker"},
		{"access to other windows", manifest.Level.UIAccess, "false"},
		{"Windows 10", manifest.Supported.ID, "{8e0f7a12-bfb3-4fe8-b9a5-48fd50a15a9a}"},
		{"scale of each screen", manifest.Settings.Awareness, "PerMonitorV2, PerMonitor"},
		{"scale of each screen, before Windows 10 1607", manifest.Settings.Aware, "true/pm"},
		{"code page", manifest.Settings.CodePage, "UTF-8"},
		{"long paths", manifest.Settings.LongPaths, "true"},
	} {
		if told.got != told.want {
			t.Errorf("%s: %q, want %q", told.what, told.got, told.want)
		}
	}
}

// checkHeader wants a program of the right kind, at an address that nobody can
// foresee and with data that cannot be run.
func checkHeader(t *testing.T, file *pe.File, subsystem uint16) {
	header := file.OptionalHeader.(*pe.OptionalHeader64)
	if header.Subsystem != subsystem {
		t.Errorf("subsystem %d, want %d", header.Subsystem, subsystem)
	}
	const protections = pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE |
		pe.IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA | pe.IMAGE_DLLCHARACTERISTICS_NX_COMPAT
	if header.DllCharacteristics&protections != protections {
		t.Errorf("protections %#x, want %#x", header.DllCharacteristics, uint16(protections))
	}
}

func checkLibraries(t *testing.T, file *pe.File) {
	symbols, err := file.ImportedSymbols()
	if err != nil {
		t.Fatal(err)
	}
	needed := map[string]bool{}
	for _, symbol := range symbols {
		_, library, _ := strings.Cut(symbol, ":")
		needed[strings.ToLower(library)] = true
	}
	for library := range needed {
		if !slices.Contains(systemLibraries, library) {
			t.Errorf("needs %s, which Windows does not have", library)
		}
	}
}

// archived opens the archive for Windows.
func archived(t *testing.T) *zip.ReadCloser {
	t.Helper()
	name := filepath.Join(root, "dist", "countersign-"+assets.Version+"-windows-amd64.zip")
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = archive.Close() })
	return archive
}

// read returns one file of the archive, which holds one folder.
func read(t *testing.T, archive *zip.ReadCloser, name string) []byte {
	t.Helper()
	for _, entry := range archive.File {
		if path.Base(entry.Name) != name {
			continue
		}
		content, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = content.Close() }()
		all, err := io.ReadAll(content)
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	t.Fatalf("the archive has no %s", name)
	return nil
}

func open(t *testing.T, archive *zip.ReadCloser, name string) *pe.File {
	t.Helper()
	file, err := pe.NewFile(bytes.NewReader(read(t, archive, name)))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
