import { isIP } from "node:net";

/** Whether a host's name or address is this machine only. */
export function isLoopback(host: string): boolean {
  if (host === "localhost") return true;
  const address = host.replace(/^\[|\]$/g, "");
  if (isIP(address) === 4) return address.startsWith("127.");
  return address === "::1" || /^::ffff:127\./i.test(address);
}

/**
 * Refuses to listen where anyone could connect and nobody is asked who they are.
 *
 * @throws Error when the host is not loopback and the operator did not insist
 */
export function refuseOpenAddress(host: string, isInsecure: boolean): void {
  if (isInsecure || isLoopback(host)) return;
  throw new Error(
    `Refused to listen on ${host}: it can be reached from other machines, and anyone there could produce and read. ` +
      "Listen on 127.0.0.1, ask who they are with auth (--auth-tokens, --auth-jwt-secret-file), or insist with insecure: true (--insecure)",
  );
}
