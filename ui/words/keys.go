// This file owns the list of keys that have a sentence.

package words

import (
	"encoding/json"
	"sync"

	"countersign/assets"
)

// sentenceKeys are the keys of English, which has every key.
var sentenceKeys = sync.OnceValue(func() map[string]bool {
	keys := map[string]bool{}
	data, err := assets.Translations.ReadFile("translations/en.json")
	if err != nil {
		return keys
	}
	var sentences map[string]string
	if json.Unmarshal(data, &sentences) != nil {
		return keys
	}
	for key := range sentences {
		keys[key] = true
	}
	return keys
})
