import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { answerOf } from "./child-answer.js";
import type { ServerProcess, Usage } from "./server-process.js";

/** The servers that run in Node. */
export type NodeServerKind = "rtmsg" | "stock-trpc" | "naive-ws" | "socket-io" | "aedes" | "relay";

/** A folder, or a NATS server. */
export type RtmsgLog = { readonly path: string } | { readonly nats: string };

/** Which server a process is. */
export interface NodeServerTask {
  readonly kind: NodeServerKind;
  /** Where rtmsg keeps its log; in memory without. */
  readonly log?: RtmsgLog | undefined;
}

/** What a server's process is asked. */
export interface NodeServerQuestion {
  readonly collects: boolean;
}

const MAIN = fileURLToPath(new URL("servers/server-main.js", import.meta.url));

/** A server that runs in Node; it tells its usage itself. */
export class NodeServer implements ServerProcess {
  readonly port: number;
  readonly #child: ChildProcess;
  /** The last question's answer: they come in the order of the questions. */
  #answer: Promise<unknown> = Promise.resolve();

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(task: NodeServerTask): Promise<NodeServer> {
    const child = fork(MAIN, [JSON.stringify(task)], { execArgv: ["--expose-gc"] });
    return new NodeServer(child, await answerOf<number>(child));
  }

  usage({ collects }: NodeServerQuestion = { collects: false }): Promise<Usage> {
    const answer = this.#answer.then(() => {
      this.#child.send({ collects } satisfies NodeServerQuestion);
      return answerOf<Usage>(this.#child);
    });
    this.#answer = answer.catch(() => undefined);
    return answer;
  }

  async close(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await closed;
  }
}
