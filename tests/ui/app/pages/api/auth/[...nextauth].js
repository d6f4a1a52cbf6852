import NextAuth from "next-auth";

// Nobody signs in: the library asks for a session before every request, and takes an empty one.
export default NextAuth({ providers: [] });
