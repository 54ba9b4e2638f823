// A real identity provider for tests (oidc-provider, OpenID certified), on loopback by TLS. Its own pages for developers
// let in whoever gives a name; the password is not looked at.
//   node provider.js SETTINGS.json   {port, certificate, issuer, client, secret, back, keys, way, algorithm, inToken, device}

import { readFileSync } from "node:fs";
import { createServer } from "node:https";

import Provider from "oidc-provider";

const settings = JSON.parse(readFileSync(process.argv[2], "utf-8"));
const pem = readFileSync(settings.certificate);

const provider = new Provider(settings.issuer, {
  clients: [{
    client_id: settings.client,
    client_secret: settings.secret,
    redirect_uris: [settings.back],
    grant_types: ["authorization_code", ...(settings.device ? ["urn:ietf:params:oauth:grant-type:device_code"] : [])],
    response_types: ["code"],
    id_token_signed_response_alg: settings.algorithm,
    token_endpoint_auth_method: settings.way,
  }],
  claims: { openid: ["sub"], profile: ["preferred_username"], email: ["email", "email_verified"] },
  conformIdTokenClaims: !settings.inToken,
  cookies: { keys: ["of the provider"] },
  features: { deviceFlow: { enabled: settings.device } },
  findAccount: (_, id) => ({
    accountId: id,
    claims: () => ({ sub: id, preferred_username: id, email: `${id}@example.org`, email_verified: false }),
  }),
  jwks: { keys: settings.keys },
  pkce: { required: () => true },
  ttl: { Interaction: 600, Session: 600, Grant: 600, AccessToken: 600, AuthorizationCode: 60, DeviceCode: 600, IdToken: 600 },
});
createServer({ cert: pem, key: pem }, provider.callback()).listen(settings.port, "127.0.0.1", () => console.log("listening"));
