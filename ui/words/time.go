// This file owns how times, spans and telephone numbers are written.

package words

import (
	"strconv"
	"time"

	"countersign/session/protocol/trust"
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

// Number writes an international number as its country groups it, so that it
// can be read and compared: "+48 22 111 22 33".
func Number(e164 string) string { return trust.ShowNumber(e164) }

// Understood says how a number that a person typed was understood, and whether
// it is an unusual one.
func Understood(n trust.Number) string {
	said := Say("number.understood", With{"Number": Number(n.E164)})
	if !n.Assigned {
		said += " " + Say("number.unusual")
	}
	return said
}
