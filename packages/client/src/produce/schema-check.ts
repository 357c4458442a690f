import { RtmsgError } from "@rtmsg/server/protocol";
import { dataInvalid, TopicRegistry, type Topics } from "@rtmsg/server/topics";

/**
 * Checks data against the schemas that the app was given. The data is sent as it is: defaults and
 * transforms are the server's.
 */
export class SchemaCheck {
  readonly #registry: TopicRegistry;

  constructor(topics: Topics) {
    this.#registry = new TopicRegistry(topics);
  }

  /**
   * What is wrong with an event's data; undefined when nothing is, or the topic is not declared here.
   * A promise where the schema is asynchronous.
   */
  check(topic: string, data: unknown): RtmsgError | undefined | Promise<RtmsgError | undefined> {
    const definition = this.#registry.find(topic);
    if (definition === undefined) return undefined;
    try {
      const result = definition.schema["~standard"].validate(data);
      if (!(result instanceof Promise)) return errorOf(topic, result.issues);
      return result
        .then(({ issues }) => errorOf(topic, issues))
        .catch((cause: unknown) => failed(topic, cause));
    } catch (cause) {
      return failed(topic, cause);
    }
  }
}

function errorOf(
  topic: string,
  issues: Parameters<typeof dataInvalid>[1] | undefined,
): RtmsgError | undefined {
  return issues === undefined ? undefined : dataInvalid(topic, issues);
}

function failed(topic: string, cause: unknown): RtmsgError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new RtmsgError("DATA_INVALID", `The schema of topic "${topic}" failed: ${what}`, {}, { cause });
}
