import { BROKER_URL, session } from "../session.js";
import { produceWithCurl, produceWithTypeScript } from "../snippets.js";
import { Command } from "../ui/command.js";
import { Icon } from "../ui/icon.js";

/** What to do where there is no topic yet: a topic comes to be with its first event. */
export function NoTopics({ hasPatterns }: { readonly hasPatterns: boolean }) {
  const place = { url: BROKER_URL, hasAuth: session.token.value !== undefined };
  const draft = { topic: "orders.created", json: '{ "id": "o-1", "total": 12 }' };
  return (
    <div class="card empty teach">
      <Icon name="topics" />
      <p>
        <strong>No topics yet.</strong>{" "}
        {place.hasAuth
          ? "Here are those that your token has a right to; a topic comes to be with its first event."
          : hasPatterns
            ? "A topic comes to be with its first event, under one of the patterns below."
            : "A topic comes to be with its first event. Produce one, and it appears here:"}
      </p>
      {!hasPatterns && (
        <>
          <Command title="With curl" text={produceWithCurl(place, draft)} />
          <Command title="With TypeScript" text={produceWithTypeScript(place, draft)} />
        </>
      )}
    </div>
  );
}
