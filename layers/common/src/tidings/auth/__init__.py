"""Bearer tokens of the deployment's OIDC issuer. Loaded by the first request that brings one, never by a cookie's."""
