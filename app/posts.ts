import { postsOf } from "@/lib/auth/posts";
import { signInPost } from "./(signed-out)/sign-in/post";
import { codePost } from "./(signed-out)/sign-in/two-step/post";

/** The forms that are answered without the framework, by the path that they are posted to: the two of a sign-in. */
export const posts = postsOf({
  "/sign-in": signInPost,
  "/sign-in/two-step": codePost,
});
