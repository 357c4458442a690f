import { errors } from "@nats-io/transport-node";

/** Why there is no connection, in brackets, and what to do about it. */
export function whyNotConnected(error: unknown): string {
  return `(${(error as Error).message}): ${adviceOn(error)}`;
}

function adviceOn(error: unknown): string {
  if (error instanceof errors.AuthorizationError || error instanceof errors.UserAuthenticationExpiredError) {
    return "it lets nobody in with these credentials. Check the user and password, the token, the nkey or the .creds file that it is shown";
  }
  const code = codeOf(error);
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return "its certificate is another host's. Use an address that the certificate names";
  }
  if (code === "CERT_HAS_EXPIRED") return "renew its certificate";
  if (code !== undefined && SIGNER_UNKNOWN.has(code)) {
    return "nobody who is trusted here has signed its certificate. Give the file of who did (PEM) as the CA of NATS";
  }
  if (code?.startsWith("ERR_SSL_") === true || code?.startsWith("ERR_OSSL_") === true) {
    return "TLS failed. Check the certificate and the key that are given to NATS, and whether it asks for them";
  }
  if (error instanceof errors.TimeoutError) {
    return "it does not answer. Check the address, and whether it asks for a certificate (TLS) that it is not shown, or does not trust";
  }
  return `check the address and whether it speaks TLS, or start one with "nats-server -js"`;
}

/** Codes of OpenSSL for a certificate that leads to nobody who is trusted. */
const SIGNER_UNKNOWN: ReadonlySet<string> = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_SIGNATURE_FAILURE",
]);

/** The code of an error, or of what is behind it. */
function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return code ?? codeOf(error.cause);
}
