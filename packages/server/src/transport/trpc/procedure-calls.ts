import { callTRPCProcedure, TRPCError, type AnyTRPCRouter } from "@trpc/server";
import { directCallOf, type DirectCall } from "../../router/direct-call.js";
import { asAttachable } from "../../router/tracked-subscription.js";
import type { SubscriptionStatus } from "../../protocol/admin.js";
import { toTRPCError } from "../../router/trpc-error.js";
import { Attachment } from "../live/attachment.js";
import type { Outlet } from "../live/outlet.js";
import { trpcEncoding } from "../live/trpc-encoding.js";
import { tooManyRequests, tooManySubscriptions } from "../request-limits.js";
import { isAbort } from "./abort-error.js";
import type { Call } from "./calls.js";
import { isSubscribable, iterateSubscription } from "./iterated-subscription.js";
import type { ConnectionLimits } from "./socket-handler-options.js";
import type { CallInfo, ReplyAddress, RequestId, TrpcReplies } from "./trpc-replies.js";

/** What ends a subscription from outside. */
interface Running {
  stop(): void;
}

/** What the calls of one connection need. */
export interface ProcedureCallsOptions {
  readonly router: AnyTRPCRouter;
  readonly replies: TrpcReplies;
  readonly outlet: Outlet;
  readonly maxBufferedBytes: number;
  readonly limits: ConnectionLimits;
}

/** Makes the calls of one connection, and keeps its subscriptions. */
export class ProcedureCalls {
  readonly #router: AnyTRPCRouter;
  readonly #replies: TrpcReplies;
  readonly #outlet: Outlet;
  readonly #maxBufferedBytes: number;
  readonly #limits: ConnectionLimits;
  readonly #subscriptions = new Map<RequestId, Running>();
  /** Calls that are not answered yet. */
  #underWay = 0;
  /** Events that subscriptions were given which have ended. */
  #delivered = 0;

  constructor({ router, replies, outlet, maxBufferedBytes, limits }: ProcedureCallsOptions) {
    this.#router = router;
    this.#replies = replies;
    this.#outlet = outlet;
    this.#maxBufferedBytes = maxBufferedBytes;
    this.#limits = limits;
  }

  /** Makes a call, and answers it. */
  make(call: Call): void {
    const { address, info } = call;
    const direct = this.#directCall(info);
    if (info.type !== "subscription") {
      const { requestsPerConnection } = this.#limits;
      if (this.#underWay >= requestsPerConnection) {
        this.#replies.error(address, toTRPCError(tooManyRequests(requestsPerConnection)), info);
        return;
      }
      this.#underWay++;
      const result = direct === undefined ? this.#callProcedure(call) : this.#callDirectly(direct, call);
      this.#answer(call, result, direct);
      return;
    }
    if (this.#subscriptions.has(address.id)) {
      const error = new TRPCError({ code: "BAD_REQUEST", message: `Duplicate id ${address.id}` });
      this.#replies.error(address, error, info);
    } else if (this.#subscriptions.size >= this.#limits.subscriptionsPerConnection) {
      const error = toTRPCError(tooManySubscriptions(this.#limits.subscriptionsPerConnection));
      this.#replies.error(address, error, info);
    } else if (!this.#replies.isOpen) return;
    else if (direct === undefined) void this.#iterate(call);
    else this.#subscribe(call, direct);
  }

  /** Stops the subscription of a request, if there is one. */
  stop(id: RequestId): void {
    this.#subscriptions.get(id)?.stop();
  }

  /** How far the subscriptions of rtmsg are. */
  status(): SubscriptionStatus[] {
    const status: SubscriptionStatus[] = [];
    for (const running of this.#subscriptions.values()) {
      if (running instanceof Attachment) status.push(running.status());
    }
    return status;
  }

  /** How many events the subscriptions of rtmsg were given. */
  get delivered(): number {
    let delivered = this.#delivered;
    for (const running of this.#subscriptions.values()) {
      if (running instanceof Attachment) delivered += running.delivered;
    }
    return delivered;
  }

  /** Stops every subscription: the connection is closed. */
  close(): void {
    for (const running of this.#subscriptions.values()) running.stop();
    this.#subscriptions.clear();
  }

  #directCall({ path, type }: Call["info"]): DirectCall | undefined {
    // Without our own format of replies the procedure is called as tRPC calls it.
    if (!this.#replies.isSuperjson) return undefined;
    const procedures = this.#router._def.procedures as Readonly<Record<string, unknown>>;
    const procedure = Object.hasOwn(procedures, path) ? procedures[path] : undefined;
    const direct = directCallOf(procedure);
    return direct !== undefined && typeOf(procedure) === type ? direct : undefined;
  }

  #callProcedure({ info, batchIndex }: Call, signal = new AbortController().signal): Promise<unknown> {
    const { path, type, input } = info;
    return callTRPCProcedure({
      router: this.#router,
      path,
      getRawInput: () => Promise.resolve(input),
      ctx: this.#replies.context,
      type,
      signal,
      batchIndex,
    });
  }

  /** What is thrown becomes a rejection, as tRPC's own error. */
  async #callDirectly(direct: DirectCall, { address, info }: Call): Promise<unknown> {
    const replies = this.#replies;
    try {
      return await direct.call(info.input, replies.context, () => replies.origin(address.id));
    } catch (cause) {
      throw toTRPCError(cause);
    }
  }

  #answer({ address, info }: Call, result: Promise<unknown>, direct?: DirectCall): void {
    result.then(
      (data) => {
        this.#underWay--;
        if (!isSubscribable(data)) {
          this.#reply(address, info, data, direct);
          return;
        }
        const message = `Cannot return an async iterable or observable from a ${info.type} procedure with WebSockets`;
        this.#replies.error(address, new TRPCError({ code: "UNSUPPORTED_MEDIA_TYPE", message }), info);
      },
      (cause: unknown) => {
        this.#underWay--;
        this.#replies.error(address, cause, info);
      },
    );
  }

  #reply(address: ReplyAddress, info: CallInfo, data: unknown, direct: DirectCall | undefined): void {
    try {
      this.#replies.result(address, data, direct);
    } catch (cause) {
      // A result that cannot be encoded.
      this.#replies.error(address, cause, info);
    }
  }

  /** A subscription of rtmsg: attached to the connection. */
  #subscribe({ address, info }: Call, direct: DirectCall): void {
    let attachable: ReturnType<typeof asAttachable>;
    try {
      attachable = asAttachable(
        direct.call(info.input, this.#replies.context, () => this.#replies.origin(address.id)),
      );
    } catch (cause) {
      this.#replies.error(address, toTRPCError(cause), info);
      return;
    }
    if (attachable === undefined) return;
    const { subscription, isBatch } = attachable;
    this.#replies.state(address, "started");
    const attachment = new Attachment({
      subscription,
      outlet: this.#outlet,
      encoding: trpcEncoding(isBatch, address.jsonrpc !== undefined),
      id: jsonOfId(address.id),
      maxBufferedBytes: this.#maxBufferedBytes,
      onEnd: (error) => {
        this.#subscriptions.delete(address.id);
        this.#delivered += attachment.delivered;
        if (error === undefined) this.#replies.state(address, "stopped");
        else this.#replies.error(address, toTRPCError(error), info);
      },
    });
    this.#subscriptions.set(address.id, attachment);
    attachment.start();
  }

  /** Any other subscription: iterated. */
  async #iterate(call: Call): Promise<void> {
    const { address, info } = call;
    const controller = new AbortController();
    const failure = await this.#run(call, controller);
    this.#subscriptions.delete(address.id);
    if (failure === undefined) this.#replies.state(address, "stopped");
    else this.#replies.error(address, failure.cause, info);
  }

  /** Calls the procedure and sends what it yields; resolves when all is cleaned up, with what failed. */
  async #run(call: Call, controller: AbortController): Promise<{ readonly cause: unknown } | undefined> {
    const { address, info } = call;
    const { signal } = controller;
    this.#subscriptions.set(address.id, { stop: () => controller.abort() });
    let result: unknown;
    try {
      result = await this.#callProcedure(call, signal);
    } catch (cause) {
      // A call that gives up because it was stopped has not failed.
      return signal.aborted && isAbort(cause) ? undefined : { cause };
    }
    // A connection that is closing takes nothing any more.
    if (!this.#replies.isOpen) controller.abort();
    try {
      await iterateSubscription(result, {
        replies: this.#replies,
        outlet: this.#outlet,
        address,
        call: info,
        controller,
        maxBufferedBytes: this.#maxBufferedBytes,
      });
      return undefined;
    } catch (cause) {
      return { cause };
    }
  }
}

/** Small ids as they stand in messages: most clients count from 1, and one buffer does for all of them. */
const smallIds = Array.from({ length: 64 }, (_, id) => Buffer.from(String(id)));

/** An id as it stands in messages. */
function jsonOfId(id: RequestId): Buffer {
  return (typeof id === "number" ? smallIds[id] : undefined) ?? Buffer.from(JSON.stringify(id));
}

function typeOf(procedure: unknown): unknown {
  return (procedure as { _def?: { type?: unknown } })._def?.type;
}
