import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { PlacedIssue } from "./json-places.js";

interface JsonEditorProps {
  readonly id: string;
  readonly label: string;
  readonly text: string;
  readonly issues: readonly PlacedIssue[];
  readonly onInput: (text: string) => void;
  readonly onSubmit: () => void;
}

const TOKEN = /("(?:\\.|[^"\\])*"?)(\s*:)?|\b(true|false|null)\b|(-?\d[\d.eE+-]*)/g;

/** A field for JSON text, with its lines numbered and coloured, and each issue said at its line. */
export function JsonEditor({ id, label, text, issues, onInput, onSubmit }: JsonEditorProps) {
  const field = useRef<HTMLTextAreaElement>(null);
  const lines = text.split("\n");
  const select = ({ start, end }: PlacedIssue): void => {
    field.current?.focus();
    field.current?.setSelectionRange(start, Math.max(end, start));
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      onSubmit();
    }
  };
  return (
    <div class="editor-frame">
      <div class={`editor ${issues.length > 0 ? "has-issues" : ""}`}>
        <div class="editor-lines" aria-hidden="true">
          {lines.map((line, index) => {
            const issue = issues.find((one) => one.line === index);
            return (
              <div key={index} class={`editor-line ${issue === undefined ? "" : "wrong"}`}>
                <span class="editor-number">{index + 1}</span>
                <span class="editor-text">{colour(line)}</span>
                {issue !== undefined && <span class="editor-issue">{issue.message}</span>}
              </div>
            );
          })}
        </div>
        <textarea
          ref={field}
          id={id}
          aria-label={label}
          aria-invalid={issues.length > 0}
          aria-describedby={`${id}-issues`}
          value={text}
          rows={lines.length}
          spellcheck={false}
          autocomplete="off"
          autocapitalize="off"
          wrap="off"
          onInput={(event) => onInput(event.currentTarget.value)}
          onKeyDown={pressed}
        />
      </div>
      <div id={`${id}-issues`} class="issues" role="alert">
        <ul>
          {issues.map((issue) => (
            <li key={`${issue.field}:${issue.message}`}>
              <button type="button" class="link" onClick={() => select(issue)}>
                {issue.field === "" ? `Line ${issue.line + 1}` : issue.field}
              </button>{" "}
              {issue.message}
            </li>
          ))}
        </ul>
      </div>
    </div>
  );
}

/** A line of JSON in colours. */
function colour(line: string): ComponentChildren {
  const parts: ComponentChildren[] = [];
  let at = 0;
  for (const match of line.matchAll(TOKEN)) {
    const [all, string, colon, word] = match;
    parts.push(line.slice(at, match.index));
    at = match.index + all.length;
    const kind =
      string === undefined ? (word === undefined ? "number" : "boolean") : colon ? "name" : "string";
    parts.push(<span class={`v-${kind}`}>{string ?? all}</span>, colon ?? "");
  }
  return [...parts, line.slice(at)];
}
