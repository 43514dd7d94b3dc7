//! One thread reads, several work, one writes in the order of reading; knows nothing of what they do.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// What the threads tell the one that writes.
enum Event<P, E, D> {
    /// A piece was read.
    Piece(P),
    /// Nothing is left to read, or reading failed.
    End(Option<E>),
    /// The piece of this number is done.
    Done(usize, thread::Result<D>),
}

/// Reads pieces until `read` gives none, lets `threads` threads do `work` on them, and writes what that gives in the order of the pieces.
/// There are never more than some pieces for each thread at once. When `write` fails, nobody waits for a reader that waits.
///
/// # Errors
/// The first error of `write` or `read`; all that was read before is written.
pub(super) fn run<P, D, E>(
    threads: usize,
    mut read: impl FnMut() -> Result<Option<P>, E> + Send + 'static,
    work: impl Fn(P) -> D + Sync,
    mut write: impl FnMut(D) -> Result<(), E>,
) -> Result<(), E>
where
    P: Send + 'static,
    D: Send + 'static,
    E: Send + 'static,
{
    let (events, told) = mpsc::channel::<Event<P, E, D>>();
    let (permits, permitted) = mpsc::channel::<()>();
    for _ in 0..2 * threads {
        // The receiver stands above.
        let _ = permits.send(());
    }
    let reader = events.clone();
    // It may wait for a terminal or a pipe for ever, so that nobody waits for it.
    thread::spawn(move || {
        while permitted.recv().is_ok() {
            let event = match read() {
                Ok(Some(piece)) => Event::Piece(piece),
                Ok(None) => Event::End(None),
                Err(error) => Event::End(Some(error)),
            };
            let last = matches!(event, Event::End(_));
            if reader.send(event).is_err() || last {
                break;
            }
        }
    });
    let (jobs, waiting) = mpsc::channel::<(usize, P)>();
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        for _ in 0..threads {
            let (waiting, work, events) = (&waiting, &work, events.clone());
            scope.spawn(move || serve(waiting, work, &events));
        }
        drop(events);
        // The workers end when the jobs do: with this call.
        let jobs = jobs;
        in_order(&told, &jobs, &permits, &mut write)
    })
}

fn serve<P, D, E>(
    waiting: &Mutex<Receiver<(usize, P)>>,
    work: &(impl Fn(P) -> D + Sync),
    events: &Sender<Event<P, E, D>>,
) {
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok((number, piece)) = job else { return };
        let done = catch_unwind(AssertUnwindSafe(|| work(piece)));
        if events.send(Event::Done(number, done)).is_err() {
            return;
        }
    }
}

/// Hands out the pieces, and writes what is done as soon as all before it is written.
fn in_order<P, D, E>(
    told: &Receiver<Event<P, E, D>>,
    jobs: &Sender<(usize, P)>,
    permits: &Sender<()>,
    write: &mut impl FnMut(D) -> Result<(), E>,
) -> Result<(), E> {
    let mut open: VecDeque<Option<D>> = VecDeque::new();
    let (mut handed, mut ended, mut failed) = (0, false, None);
    while !ended || !open.is_empty() {
        match told.recv() {
            Ok(Event::Piece(piece)) => {
                open.push_back(None);
                // The workers live as long as this call.
                let _ = jobs.send((handed, piece));
                handed += 1;
            }
            Ok(Event::End(error)) => (ended, failed) = (true, error),
            Ok(Event::Done(number, done)) => {
                let first = handed - open.len();
                open[number - first] = Some(done.unwrap_or_else(|panic| resume_unwind(panic)));
            }
            // The reader sends an end before it goes, unless it panicked.
            Err(mpsc::RecvError) => break,
        }
        while let Some(Some(_)) = open.front() {
            if let Some(Some(done)) = open.pop_front() {
                write(done)?;
                let _ = permits.send(());
            }
        }
    }
    failed.map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;
    use std::vec::Vec;

    use super::run;

    #[test]
    fn pieces_are_written_in_their_order_and_few_are_there_at_once() {
        static OPEN: AtomicUsize = AtomicUsize::new(0);
        let mut next = 0;
        let read = move || {
            next += 1;
            let open = OPEN.fetch_add(1, Ordering::SeqCst);
            assert!(open < 8, "{open} pieces at once");
            Ok((next <= 200).then_some(next))
        };
        let work = |piece: u64| {
            std::thread::sleep(Duration::from_micros(piece * 7919 % 500));
            piece * 2
        };
        let mut written = Vec::new();
        let done: Result<(), ()> = run(4, read, work, |piece| {
            OPEN.fetch_sub(1, Ordering::SeqCst);
            written.push(piece);
            Ok(())
        });
        assert_eq!((done, written), (Ok(()), (1..=200).map(|piece| piece * 2).collect()));
    }

    #[test]
    fn what_was_read_before_an_error_is_written_and_an_error_of_writing_ends_all() {
        let mut next = 0;
        let failing = move || {
            next += 1;
            if next < 4 { Ok(Some(next)) } else { Err("unreadable") }
        };
        let mut written = Vec::new();
        let done = run(
            2,
            failing,
            |piece: i32| piece,
            |piece| {
                written.push(piece);
                Ok(())
            },
        );
        assert_eq!((done, written), (Err("unreadable"), std::vec![1, 2, 3]));
        // The reader would wait for ever.
        let mut first = true;
        let stuck = move || match std::mem::take(&mut first) {
            true => Ok(Some(1)),
            false => loop {
                std::thread::park();
            },
        };
        assert_eq!(run(2, stuck, |piece: i32| piece, |_| Err("the disk is full")), Err("the disk is full"));
    }
}
