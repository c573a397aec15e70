// This file owns the rule that there is one version, assets/VERSION: a bundle
// can be compared with it, and it is the newest that software centres list.

package layout

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"countersign/assets"
	"countersign/session/protocol/trust"
)

func TestThereIsOneVersion(t *testing.T) {
	if err := trust.CheckVersion(assets.Version); err != nil {
		t.Errorf("assets/VERSION: %v", err)
	}
	const centres = "assets/packaging/linux/org.countersign.app.metainfo.xml"
	text, err := os.ReadFile(filepath.Join(root, centres))
	if err != nil {
		t.Fatal(err)
	}
	newest := regexp.MustCompile(`<release version="(.*?)"`).FindSubmatch(text)
	if newest == nil || string(newest[1]) != assets.Version {
		t.Errorf("%s: the newest release is %q, assets/VERSION has %q", centres, newest, assets.Version)
	}
}
