// This file owns how times, spans and telephone numbers are written.

package words

import (
	"strconv"
	"strings"
	"time"
)

// Clock is a time of day: "14:05".
func Clock(t time.Time) string { return t.Format("15:04") }

// Second is a time of day with its seconds: "14:05:09".
func Second(t time.Time) string { return t.Format("15:04:05") }

// Day names the day of t as seen from now: today, yesterday, else "19 Nov 2026".
func Day(t, now time.Time) string {
	switch days := daysBetween(t, now); days {
	case 0:
		return Say("time.today")
	case 1:
		return Say("time.yesterday")
	}
	month := Say("month." + [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}[t.Month()-1])
	return strconv.Itoa(t.Day()) + " " + month + " " + strconv.Itoa(t.Year())
}

// DayAndTime is Day and Clock: "today, 14:05".
func DayAndTime(t, now time.Time) string { return Day(t, now) + ", " + Clock(t) }

// daysBetween counts midnights from t to now.
func daysBetween(t, now time.Time) int {
	midnight := func(t time.Time) time.Time {
		y, m, d := t.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
	}
	return int(midnight(now).Sub(midnight(t.In(now.Location()))).Hours() / 24)
}

// Ago says how old something is, in days.
func Ago(d time.Duration) string {
	switch days := int(d.Hours() / 24); {
	case days <= 0:
		return Say("time.today")
	case days == 1:
		return Say("time.yesterday")
	default:
		return Say("time.days_ago", With{"Days": strconv.Itoa(days)})
	}
}

// Lasted is a span of time: "2:05".
func Lasted(d time.Duration) string {
	seconds := int(max(0, d).Round(time.Second).Seconds())
	return strconv.Itoa(seconds/60) + ":" + twoDigits(seconds%60)
}

func twoDigits(n int) string {
	if n < 10 {
		return "0" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// groupSize is how many digits of a number stand together.
const groupSize = 3

// Number writes an international number in groups, so that it can be read and
// compared: "+48 221 112 233".
func Number(e164 string) string {
	digits, found := strings.CutPrefix(e164, "+")
	if !found || len(digits) < 4 {
		return e164
	}
	country := 2
	switch {
	case digits[0] == '1' || digits[0] == '7':
		country = 1
	case isThreeDigitCountry(digits[:2]):
		country = 3
	}
	groups := []string{"+" + digits[:country]}
	rest := digits[country:]
	for len(rest) > groupSize+1 {
		groups = append(groups, rest[:groupSize])
		rest = rest[groupSize:]
	}
	return strings.Join(append(groups, rest), " ")
}

// isThreeDigitCountry reports whether calling codes that begin so have three
// digits (ITU-T E.164, list of assigned country codes).
func isThreeDigitCountry(two string) bool {
	switch two {
	case "21", "22", "23", "24", "25", "26", "29", "35", "37", "38", "42", "50", "59", "67", "68", "69",
		"80", "85", "87", "88", "96", "97", "99":
		return true
	}
	return false
}
