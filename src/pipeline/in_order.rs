//! Items -> what work on them gives, in their order: workers run ahead of the one who takes it, but not far.

use rayon::ThreadPool;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

/// Works on items in a pool and hands over what each gave, here and in order. No more than `ahead` of them are worked on, or done
/// and not handed over yet; while something is taken, workers go on. A single worker does not: there would be two then.
///
/// # Errors
/// What the one who takes says; what is not begun then is left.
pub(super) fn in_order<I: Sync, T: Send, E>(
    pool: &ThreadPool,
    items: &[I],
    ahead: usize,
    work: &(impl Fn(&I) -> T + Sync),
    take: &mut dyn FnMut(&I, T) -> Result<(), E>,
) -> Result<(), E> {
    let ahead = ahead.max(1);
    if pool.current_num_threads() == 1 {
        return items.chunks(ahead).try_for_each(|items| {
            let worked = pool.install(|| items.iter().map(work).collect::<Vec<_>>());
            items.iter().zip(worked).try_for_each(|(item, worked)| take(item, worked))
        });
    }
    let is_left = AtomicBool::new(false);
    let (give, given) = mpsc::channel();
    pool.in_place_scope(|scope| {
        let mut begun = 0;
        let mut done = BTreeMap::new();
        for (number, item) in items.iter().enumerate() {
            while begun < items.len().min(number + ahead) {
                let (give, is_left, number, item) = (give.clone(), &is_left, begun, &items[begun]);
                scope.spawn(move |_| {
                    if !is_left.load(Ordering::Relaxed) {
                        // Who waits for it must hear of a panic, too.
                        let _ = give.send((number, catch_unwind(AssertUnwindSafe(|| work(item)))));
                    }
                });
                begun += 1;
            }
            while !done.contains_key(&number) {
                let (number, worked) = given.recv().expect("one who gives is here");
                done.insert(number, worked);
            }
            let taken = match done.remove(&number).expect("it was waited for") {
                Ok(worked) => take(item, worked),
                Err(panic) => {
                    is_left.store(true, Ordering::Relaxed);
                    resume_unwind(panic)
                }
            };
            if taken.is_err() {
                is_left.store(true, Ordering::Relaxed);
                return taken;
            }
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    fn pool(threads: usize) -> ThreadPool {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
    }

    #[test]
    fn what_is_given_comes_in_order_however_long_each_takes() {
        let items: Vec<u64> = (0..40).collect();
        for threads in 1..4 {
            let mut taken = Vec::new();
            let late = |n: &u64| std::thread::sleep(Duration::from_millis(n * 7 % 5));
            let work = |n: &u64| {
                late(n);
                n * 2
            };
            let Ok(()) = in_order(&pool(threads), &items, 6, &work, &mut |item, worked| {
                taken.push((*item, worked));
                Ok::<(), Infallible>(())
            });
            assert_eq!(taken, items.iter().map(|n| (*n, n * 2)).collect::<Vec<_>>(), "{threads}");
        }
    }

    #[test]
    fn no_more_is_begun_than_may_wait() {
        let (items, ahead): (Vec<usize>, usize) = ((0..60).collect(), 4);
        let begun = AtomicUsize::new(0);
        let work = |_: &usize| begun.fetch_add(1, Ordering::SeqCst);
        let Ok(()) = in_order(&pool(3), &items, ahead, &work, &mut |number, _| {
            std::thread::sleep(Duration::from_millis(1));
            assert!(begun.load(Ordering::SeqCst) <= number + ahead);
            Ok::<(), Infallible>(())
        });
        assert_eq!(begun.into_inner(), items.len());
    }

    #[test]
    fn what_is_not_begun_is_left_when_nobody_takes_it_any_more() {
        let items: Vec<usize> = (0..1_000).collect();
        for threads in [1, 3] {
            let begun = AtomicUsize::new(0);
            let work = |_: &usize| begun.fetch_add(1, Ordering::SeqCst);
            let taken = in_order(&pool(threads), &items, 8, &work, &mut |number, _| if *number < 5 { Ok(()) } else { Err("gone") });
            assert_eq!(taken, Err("gone"));
            assert!((6..=14).contains(&begun.into_inner()), "{threads}");
        }
    }

    #[test]
    fn a_panic_is_that_of_the_one_who_waits() {
        for threads in [1, 3] {
            let waiting = || in_order(&pool(threads), &[1, 2, 3], 8, &|n| assert!(*n < 2, "{n}"), &mut |_, ()| Ok::<(), ()>(()));
            assert!(catch_unwind(AssertUnwindSafe(waiting)).is_err(), "{threads}");
        }
    }
}
