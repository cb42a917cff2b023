// Answers tests/oracle/templates.mjs as html/template does: a line of JSON a template, a line of JSON an answer.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"html/template"
	"os"
)

type object struct {
	A string `json:"a"`
	N int    `json:"n"`
}

type question struct {
	Text string `json:"go"`
	X    string `json:"x"`
	N    int    `json:"n"`
	B    bool   `json:"b"`
}

func answer(line []byte) (string, bool) {
	var asked question
	if json.Unmarshal(line, &asked) != nil {
		return "", false
	}
	parsed, err := template.New("t").Parse(asked.Text)
	if err != nil {
		return err.Error(), false
	}
	var out bytes.Buffer
	values := map[string]any{
		"X": asked.X, "N": asked.N, "B": asked.B, "L": []string{asked.X, asked.X}, "O": object{asked.X, asked.N},
	}
	if err := parsed.Execute(&out, values); err != nil {
		return err.Error(), false
	}
	return out.String(), true
}

func main() {
	in := bufio.NewReaderSize(os.Stdin, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for {
		line, err := in.ReadBytes('\n')
		if len(line) > 0 {
			text, good := answer(line)
			said, _ := json.Marshal(map[string]any{"good": good, "text": text})
			out.Write(append(said, '\n'))
		}
		if err != nil {
			return
		}
	}
}
