import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { answerOf } from "../fanout/child-answer.js";

/** The client libraries. */
export type ClientKind = "rtmsg" | "stock-trpc" | "socket-io" | "jetstream";

/** Which client a process has, and where its server is. */
export interface ClientSetup {
  readonly kind: ClientKind;
  readonly port: number;
}

/** Calls at the same time, each of which is followed by another when it is answered. */
export interface ProduceTask {
  readonly task: "produce";
  readonly topic: string;
  readonly bytes: number;
  readonly underWay: number;
  readonly ms: number;
}

/** Receives so many events, each once and in order. */
export interface ReceiveTask {
  readonly task: "receive";
  readonly topic: string;
  readonly from: "latest" | "earliest";
  readonly events: number;
}

export type ClientTask = ProduceTask | ReceiveTask;

/** What a client did. */
export interface ClientWork {
  readonly events: number;
  readonly seconds: number;
  /** Processor time of its process for each event. */
  readonly cpuMicros: number;
}

/** What a client's process tells. */
export type ClientMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "done"; readonly work: ClientWork }
  | { readonly kind: "failed"; readonly why: string };

const MAIN = fileURLToPath(new URL("client-main.js", import.meta.url));

/** A client in a process of its own, which keeps its connection from round to round. */
export class ClientProcess {
  readonly #child: ChildProcess;
  readonly #name: string;

  constructor(setup: ClientSetup) {
    this.#name = setup.kind;
    this.#child = fork(MAIN, [JSON.stringify(setup)]);
  }

  /** Has calls made. */
  async produce(task: Omit<ProduceTask, "task">): Promise<ClientWork> {
    return this.#done(this.#send({ task: "produce", ...task }));
  }

  /**
   * Has events received.
   *
   * @param whenReady - called once what is produced from then on will come
   */
  async receive(task: Omit<ReceiveTask, "task">, whenReady: () => Promise<unknown>): Promise<ClientWork> {
    const message = await this.#send({ task: "receive", ...task });
    if (message.kind !== "ready") return this.#done(Promise.resolve(message));
    const [work] = await Promise.all([this.#done(answerOf<ClientMessage>(this.#child)), whenReady()]);
    return work;
  }

  async close(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.kill("SIGKILL");
    await closed;
  }

  #send(task: ClientTask): Promise<ClientMessage> {
    const answer = answerOf<ClientMessage>(this.#child);
    this.#child.send(task);
    return answer;
  }

  async #done(answer: Promise<ClientMessage>): Promise<ClientWork> {
    const message = await answer;
    if (message.kind === "done") return message.work;
    throw new Error(`${this.#name}: ${message.kind === "failed" ? message.why : "it was ready twice"}`);
  }
}
