"""Sign-in with an OpenID Connect provider, as an option.

The provider says who somebody is; roles stay in ``access.db``. ``sign_in`` is the face; ``provider`` fetches the
provider's metadata, keys and tokens; ``id_token`` checks who signed in; ``pending`` has the sign-ins under way.
"""
