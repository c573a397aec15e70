// This file owns the way from a key to a sentence in the person's language.

package text

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"countersign/assets"
	"countersign/session/protocol/verdict"
	"countersign/ui/advice"
)

// with names the values that a sentence takes.
type with map[string]string

// phrases speaks one language. English stands in for a sentence it lacks.
type phrases struct {
	language  string // "en" or "pl"
	localizer *i18n.Localizer
}

func newPhrases(lang string) (phrases, error) {
	bundle := i18n.NewBundle(language.English)
	bundle.RegisterUnmarshalFunc("json", json.Unmarshal)
	for _, file := range []string{"en.json", "pl.json"} {
		if _, err := bundle.LoadMessageFileFS(assets.Translations, "translations/"+file); err != nil {
			return phrases{}, err
		}
	}
	return phrases{lang, i18n.NewLocalizer(bundle, lang)}, nil
}

// say returns the sentence of a key. A key that no language has is returned as
// it is: a strange word is better than silence in the middle of a call.
func (p phrases) say(key string, values ...with) string {
	config := &i18n.LocalizeConfig{MessageID: key}
	if len(values) > 0 {
		config.TemplateData = values[0]
	}
	sentence, err := p.localizer.Localize(config)
	if err != nil && sentence == "" {
		return key
	}
	return sentence
}

// bank is a bank with the domain it vouches for, or that it names none.
func (p phrases) bank(name, domain string) string {
	if domain == "" {
		return p.say("bank.no_domain", with{"Bank": name})
	}
	return advice.BankName(name, domain)
}

// formerly says what a bank was called until a while ago, with its domain where
// that was another one; "" when there is nothing to tell.
func (p phrases) formerly(n verdict.Naming) string {
	if n.FormerName == "" {
		return ""
	}
	was := n.FormerName
	if n.FormerDomain != n.Domain {
		was = p.bank(n.FormerName, n.FormerDomain)
	}
	return p.say("verdict.formerly", with{"Name": was, "Date": n.FormerUntil.Format(time.DateOnly)})
}

// has reports whether a key has a sentence.
func (p phrases) has(key string) bool {
	_, err := p.localizer.Localize(&i18n.LocalizeConfig{MessageID: key})
	return err == nil
}

// languageOf picks the language: the flag, else the environment as POSIX orders
// it (LC_ALL, LC_MESSAGES, LANG), else English.
func languageOf(flag string, env func(string) string) string {
	if flag != "" {
		return flag
	}
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		if locale := env(name); locale != "" {
			if strings.HasPrefix(locale, "pl") {
				return "pl"
			}
			return "en"
		}
	}
	return "en"
}
