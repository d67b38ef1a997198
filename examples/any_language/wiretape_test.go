package items

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"testing"
)

// ask sends a request to the control service, and decodes its answer.
func ask(t *testing.T, method, url string, body, into any) {
	t.Helper()
	data, _ := json.Marshal(body)
	request, err := http.NewRequest(method, url, bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 300 {
		t.Fatalf("wiretape: %s %s", answer.Status, url)
	}
	if err := json.NewDecoder(answer.Body).Decode(into); err != nil {
		t.Fatal(err)
	}
}

// Cassette begins a recorded session, which ends with the test, and returns its URL.
func Cassette(t *testing.T, name string, options map[string]any) string {
	t.Helper()
	order := map[string]any{"cassette": name}
	for key, value := range options {
		order[key] = value
	}
	var session struct{ URL, Test string }
	ask(t, "POST", os.Getenv("WIRETAPE_CONTROL")+"/tests", order, &session)
	t.Cleanup(func() {
		var report struct {
			OK   bool
			Text string
		}
		ask(t, "DELETE", session.Test, map[string]any{"passed": !t.Failed()}, &report)
		if !report.OK && !t.Failed() {
			t.Error("wiretape: " + report.Text)
		}
	})
	return session.URL
}

func TestItems(t *testing.T) {
	url := Cassette(t, "items", map[string]any{"ignore": []string{"query.t"}})
	answer, err := http.Get(url + "/items?t=1")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var items []map[string]int
	if err := json.NewDecoder(answer.Body).Decode(&items); err != nil || items[0]["id"] != 1 {
		t.Fatal(items, err)
	}
}
