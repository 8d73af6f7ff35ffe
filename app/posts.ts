import { postOf } from "@/lib/auth/posts";
import type { Posts } from "@/lib/door";
import { signInPost } from "./(signed-out)/sign-in/post";
import { answerPost } from "./(signed-out)/sign-in/two-step/post";

/** The forms that are answered without the framework, by the path that they are posted to: the two of a sign-in. */
export const posts: Posts = new Map([
  ["/sign-in", postOf(signInPost)],
  ["/sign-in/two-step", postOf(answerPost)],
]);
